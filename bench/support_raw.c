/* OpenSSL alone. Contexts and keys are made once, as the engine does; a record sets its IV. */
#include "support_raw.h"

#include "support_pair.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_MAX = 64, IV_MAX = 16, TAG_MAX = 64, TAG_AEAD = 16, RECORD_MAX = 1 << 20 };

struct bench_raw {
    EVP_CIPHER_CTX *seal, *open;
    EVP_MAC_CTX *mac;
    bool aead;
    uint64_t count;
    uint8_t out[RECORD_MAX];
};

static EVP_CIPHER_CTX *keyed(const EVP_CIPHER *cipher, int encrypt)
{
    static const uint8_t key[KEY_MAX] = {1};
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    bench_must(ctx && EVP_CipherInit_ex2(ctx, cipher, key, key, encrypt, NULL), "cipher");
    return ctx;
}

static EVP_MAC_CTX *hmac(const char *digest)
{
    static const uint8_t key[32] = {2};
    char name[32];
    snprintf(name, sizeof name, "%s", digest);
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                                 OSSL_PARAM_construct_end()};
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *ctx = mac ? EVP_MAC_CTX_new(mac) : NULL;
    bench_must(ctx && EVP_MAC_init(ctx, key, sizeof key, params), "HMAC");
    EVP_MAC_free(mac);
    return ctx;
}

bench_raw *bench_raw_new(const char *cipher, const char *mac)
{
    bench_raw *r = calloc(1, sizeof *r);
    EVP_CIPHER *evp = EVP_CIPHER_fetch(NULL, cipher, NULL);
    bench_must(r && evp, cipher);
    r->seal = keyed(evp, 1);
    r->open = keyed(evp, 0);
    r->aead = EVP_CIPHER_get_flags(evp) & EVP_CIPH_FLAG_AEAD_CIPHER;
    r->mac = mac ? hmac(mac) : NULL;
    EVP_CIPHER_free(evp);
    return r;
}

void bench_raw_free(bench_raw *r)
{
    EVP_CIPHER_CTX_free(r->seal);
    EVP_CIPHER_CTX_free(r->open);
    EVP_MAC_CTX_free(r->mac);
    free(r);
}

static void crypt(EVP_CIPHER_CTX *ctx, const uint8_t *in, size_t len, uint8_t *out)
{
    int done;
    bench_must(EVP_CipherUpdate(ctx, out, &done, in, (int)len) && (size_t)done == len, "cipher");
}

static void tag_of(const bench_raw *r, size_t len, uint8_t *tag)
{
    size_t tag_len;
    bench_must(EVP_MAC_init(r->mac, NULL, 0, NULL) && EVP_MAC_update(r->mac, r->out, len) &&
                   EVP_MAC_final(r->mac, tag, &tag_len, TAG_MAX),
               "HMAC");
}

static void run_aead(bench_raw *r, const uint8_t *data, size_t len)
{
    uint8_t iv[IV_MAX] = {0};
    uint8_t tag[TAG_AEAD];
    uint8_t none[IV_MAX];
    int done;
    r->count++;
    memcpy(iv, &r->count, sizeof r->count);
    bench_must(EVP_CipherInit_ex2(r->seal, NULL, NULL, iv, -1, NULL), "IV");
    crypt(r->seal, data, len, r->out);
    bench_must(EVP_CipherFinal_ex(r->seal, none, &done) &&
                   EVP_CIPHER_CTX_ctrl(r->seal, EVP_CTRL_AEAD_GET_TAG, TAG_AEAD, tag),
               "tag");
    bench_must(EVP_CipherInit_ex2(r->open, NULL, NULL, iv, -1, NULL), "IV");
    crypt(r->open, r->out, len, r->out);
    bench_must(EVP_CIPHER_CTX_ctrl(r->open, EVP_CTRL_AEAD_SET_TAG, TAG_AEAD, tag) &&
                   EVP_CipherFinal_ex(r->open, none, &done),
               "tag");
}

static void run_two(const bench_raw *r, uint8_t *out, const uint8_t *data, size_t len)
{
    uint8_t ours[TAG_MAX] = {0};
    uint8_t theirs[TAG_MAX] = {0};
    crypt(r->seal, data, len, out);
    if (r->mac) {
        tag_of(r, len, ours);
        tag_of(r, len, theirs);
    }
    bench_must(memcmp(ours, theirs, sizeof ours) == 0, "tag");
    crypt(r->open, out, len, out);
}

void bench_raw_run(bench_raw *r, const uint8_t *data, size_t len)
{
    bench_must(len <= RECORD_MAX, "record");
    if (r->aead)
        run_aead(r, data, len);
    else
        run_two(r, r->out, data, len);
    bench_must(memcmp(r->out, data, len < 64 ? len : 64) == 0, "decryption");
}
