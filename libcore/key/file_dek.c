/* Taking the encryption of old PEM files off. */
#include "file_dek.h"

#include "../alg/hash.h"
#include "../base/base64.h"
#include "../base/ct.h"
#include "../base/error.h"
#include "../base/slice.h"
#include "old_ciphers.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <limits.h>
#include <string.h>

enum { SALT_LEN = 8 };

static const char proc_type[] = "Proc-Type: 4,ENCRYPTED";
static const char dek_info[] = "DEK-Info:";

typedef struct dek {
    char name[32];
    cl_buf iv;
    cl_armour body; /* without the headers */
} dek;

bool cl_dek_is_there(const cl_armour *a)
{
    return cl_slice_starts(a->body, proc_type);
}

/* ---- headers ---- */

static cleat_status malformed(size_t line, const char *expected, cleat_error *err)
{
    return cl_fail(err, CLEAT_E_KEY_FORMAT, "line %zu: expected %s", line, expected);
}

static bool read_dek_info(cleat_slice line, dek *d)
{
    cleat_slice name;
    cleat_slice value = cl_slice_trim(cl_slice_cut(line, strlen(dek_info), line.len));
    if (!cl_slice_starts(line, dek_info) || !cl_slice_split(&value, ',', &name) ||
        name.len >= sizeof d->name)
        return false;
    memcpy(d->name, name.data, name.len);
    return cl_hex_decode(&d->iv, cl_slice_trim(value)) == CLEAT_OK && d->iv.len >= SALT_LEN;
}

static cleat_status read_headers(const cl_armour *a, dek *d, cleat_error *err)
{
    cleat_slice line;
    cleat_slice rest = a->body;
    d->body = *a;
    d->body.line = a->line + 3;
    if (!cl_armour_next_line(&rest, &line) || !cl_slice_is(line, proc_type))
        return malformed(a->line, "\"Proc-Type: 4,ENCRYPTED\"", err);
    if (!cl_armour_next_line(&rest, &line) || !read_dek_info(line, d))
        return malformed(a->line + 1, "\"DEK-Info: CIPHER,IV\", the IV in hexadecimal", err);
    if (!cl_armour_next_line(&rest, &line) || line.len)
        return malformed(a->line + 2, "an empty line after DEK-Info", err);
    d->body.body = rest;
    return CLEAT_OK;
}

/* ---- key ---- */

/* MD5 of what came before, the passphrase and the salt, until there is enough. */
static cleat_status derive(const cl_env *env, cleat_slice passphrase, const dek *d, uint8_t *key,
                           size_t len)
{
    uint8_t digest[CL_HASH_MAX];
    size_t step = cl_hash_len(CL_MD5);
    cleat_status st = CLEAT_OK;
    for (size_t at = 0; at < len && st == CLEAT_OK; at += step) {
        const cleat_slice parts[] = {{digest, at ? step : 0}, passphrase, {d->iv.data, SALT_LEN}};
        st = cl_hash_once(env->hashes, CL_MD5, parts, 3, digest);
        if (st == CLEAT_OK)
            memcpy(key + at, digest, len - at < step ? len - at : step);
    }
    cl_wipe(digest, sizeof digest);
    return st;
}

/* ---- cipher ---- */

/* In place. The status of wrong padding is CLEAT_E_PASSPHRASE. */
static cleat_status decrypt(const EVP_CIPHER *cipher, const uint8_t *key, const dek *d,
                            cl_buf *data)
{
    int len = 0;
    int last = 0;
    cleat_status st = CLEAT_E_CRYPTO;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    if (!ctx || data->len > INT_MAX || !EVP_CipherInit_ex2(ctx, cipher, key, d->iv.data, 0, NULL))
        goto out;
    if (EVP_CipherUpdate(ctx, data->data, &len, data->data, (int)data->len))
        st = EVP_CipherFinal_ex(ctx, data->data + len, &last) ? CLEAT_OK : CLEAT_E_PASSPHRASE;
    if (st == CLEAT_OK)
        cl_buf_truncate(data, (size_t)len + (size_t)last);
out:
    EVP_CIPHER_CTX_free(ctx);
    ERR_clear_error();
    return st;
}

static cleat_status open_with(const cl_env *env, const EVP_CIPHER *cipher, const dek *d,
                              cleat_slice passphrase, cl_buf *data, cleat_error *err)
{
    uint8_t key[EVP_MAX_KEY_LENGTH];
    size_t key_len = (size_t)EVP_CIPHER_get_key_length(cipher);
    if (EVP_CIPHER_get_mode(cipher) != EVP_CIPH_CBC_MODE ||
        d->iv.len != (size_t)EVP_CIPHER_get_iv_length(cipher))
        return cl_fail(err, CLEAT_E_KEY_FORMAT, "DEK-Info: %s needs another mode or IV", d->name);
    cleat_status st = derive(env, passphrase, d, key, key_len);
    if (st == CLEAT_OK)
        st = decrypt(cipher, key, d, data);
    cl_wipe(key, sizeof key);
    if (st == CLEAT_E_PASSPHRASE)
        return cl_fail(err, st, "wrong passphrase (or the encrypted key is damaged)");
    return st == CLEAT_OK ? st : cl_fail(err, st, "DEK-Info: %s", cleat_status_text(st));
}

/* Where the program's OpenSSL lacks the cipher, the old ones may have it. */
static cleat_status open_body(const cl_env *env, const dek *d, cleat_slice passphrase, cl_buf *data,
                              cleat_error *err)
{
    cl_old_ciphers old = {0};
    cleat_status st = CLEAT_OK;
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(env->lib, d->name, NULL);
    if (!cipher)
        st = cl_old_ciphers_open(&old, env);
    if (!cipher && st == CLEAT_OK)
        cipher = EVP_CIPHER_fetch(old.lib, d->name, NULL);
    ERR_clear_error();
    if (cipher)
        st = open_with(env, cipher, d, passphrase, data, err);
    else
        st = cl_fail(err, CLEAT_E_UNSUPPORTED, "the cipher \"%s\" in DEK-Info is not supported",
                     d->name);
    EVP_CIPHER_free(cipher);
    cl_old_ciphers_close(&old);
    return st;
}

cleat_status cl_dek_open(const cl_env *env, const cl_armour *a, cleat_slice passphrase, cl_buf *out,
                         cleat_error *err)
{
    dek d = {.iv = CL_BUF(env->mem)};
    cleat_status st = read_headers(a, &d, err);
    if (st == CLEAT_OK)
        st = cl_armour_decode(&d.body, out, err);
    if (st == CLEAT_OK)
        st = open_body(env, &d, passphrase, out, err);
    cl_buf_free(&d.iv);
    return st;
}
