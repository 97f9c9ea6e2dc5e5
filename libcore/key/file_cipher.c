/* Ciphers of OpenSSH's private key file. */
#include "file_cipher.h"

#include "../base/compat.h"
#include "../base/ct.h"
#include "../base/slice.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <limits.h>

static bool start(EVP_CIPHER_CTX *ctx, const cl_env *env, const char *evp, bool encrypt,
                  const uint8_t *key, const uint8_t *iv)
{
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(env->lib, evp, NULL);
    bool good = cipher && EVP_CipherInit_ex2(ctx, cipher, key, iv, encrypt, NULL) &&
                EVP_CIPHER_CTX_set_padding(ctx, 0);
    EVP_CIPHER_free(cipher);
    return good;
}

static bool whole(EVP_CIPHER_CTX *ctx, uint8_t *data, size_t len)
{
    int done = 0;
    int more = 0;
    return len <= INT_MAX && EVP_CipherUpdate(ctx, data, &done, data, (int)len) &&
           EVP_CipherFinal_ex(ctx, data + done, &more) && (size_t)(done + more) == len;
}

static cleat_status run_plain(const cl_file_cipher *c, const cl_env *env, bool encrypt,
                              const uint8_t *key, const uint8_t *iv, uint8_t *data, size_t len,
                              uint8_t *tag)
{
    (void)tag;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    bool good = ctx && start(ctx, env, c->evp, encrypt, key, iv) && whole(ctx, data, len);
    EVP_CIPHER_CTX_free(ctx);
    return good ? CLEAT_OK : CLEAT_E_CRYPTO;
}

static cleat_status run_none(const cl_file_cipher *c, const cl_env *env, bool encrypt,
                             const uint8_t *key, const uint8_t *iv, uint8_t *data, size_t len,
                             uint8_t *tag)
{
    (void)c, (void)env, (void)encrypt, (void)key, (void)iv, (void)data, (void)len, (void)tag;
    return CLEAT_OK;
}

static cleat_status run_gcm(const cl_file_cipher *c, const cl_env *env, bool encrypt,
                            const uint8_t *key, const uint8_t *iv, uint8_t *data, size_t len,
                            uint8_t *tag)
{
    cleat_status st = CLEAT_E_CRYPTO;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    if (!ctx || !start(ctx, env, c->evp, encrypt, key, iv))
        goto out;
    if (!encrypt && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, c->tag_len, tag) <= 0)
        goto out;
    if (!whole(ctx, data, len)) {
        st = encrypt ? CLEAT_E_CRYPTO : CLEAT_E_MAC;
        goto out;
    }
    if (encrypt && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, c->tag_len, tag) <= 0)
        goto out;
    st = CLEAT_OK;
out:
    EVP_CIPHER_CTX_free(ctx);
    return st;
}

static bool poly1305(const cl_env *env, const uint8_t key[32], cleat_slice data, uint8_t *tag)
{
    size_t len = 0;
    EVP_MAC *mac = EVP_MAC_fetch(env->lib, OSSL_MAC_NAME_POLY1305, NULL);
    EVP_MAC_CTX *ctx = mac ? EVP_MAC_CTX_new(mac) : NULL;
    bool good = ctx && EVP_MAC_init(ctx, key, 32, NULL) &&
                EVP_MAC_update(ctx, data.data, data.len) &&
                EVP_MAC_final(ctx, tag, &len, CL_FILE_TAG_MAX) && len == CL_FILE_TAG_MAX;
    EVP_MAC_CTX_free(ctx);
    EVP_MAC_free(mac);
    return good;
}

/* chacha20-poly1305@openssh.com with sequence number 0 and no length field, so of its two keys
 * only the first is used: block 0 of the stream is the Poly1305 key, the data starts at block 1. */
static cleat_status run_chacha(const cl_file_cipher *c, const cl_env *env, bool encrypt,
                               const uint8_t *key, const uint8_t *iv, uint8_t *data, size_t len,
                               uint8_t *tag)
{
    static const uint8_t block_0[16] = {0};
    static const uint8_t block_1[16] = {1}; /* OpenSSL's IV begins with the counter */
    (void)iv;
    cleat_status st = CLEAT_E_CRYPTO;
    uint8_t mac_key[32] = {0};
    uint8_t expected[CL_FILE_TAG_MAX];
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    if (!ctx || !start(ctx, env, c->evp, true, key, block_0) ||
        !whole(ctx, mac_key, sizeof mac_key))
        goto out;
    if (!encrypt) {
        if (!poly1305(env, mac_key, cl_slice(data, len), expected))
            goto out;
        st = CLEAT_E_MAC;
        if (!cl_ct_equal(expected, tag, sizeof expected))
            goto out;
        st = CLEAT_E_CRYPTO;
    }
    if (!start(ctx, env, c->evp, true, key, block_1) || !whole(ctx, data, len))
        goto out;
    if (encrypt && !poly1305(env, mac_key, cl_slice(data, len), tag))
        goto out;
    st = CLEAT_OK;
out:
    EVP_CIPHER_CTX_free(ctx);
    cl_wipe(mac_key, sizeof mac_key);
    return st;
}

static const cl_file_cipher ciphers[] = {
    {"none", NULL, 0, 0, 8, 0, run_none},
    {"aes256-ctr", "AES-256-CTR", 32, 16, 16, 0, run_plain},
    {"aes192-ctr", "AES-192-CTR", 24, 16, 16, 0, run_plain},
    {"aes128-ctr", "AES-128-CTR", 16, 16, 16, 0, run_plain},
    {"aes256-cbc", "AES-256-CBC", 32, 16, 16, 0, run_plain},
    {"aes192-cbc", "AES-192-CBC", 24, 16, 16, 0, run_plain},
    {"aes128-cbc", "AES-128-CBC", 16, 16, 16, 0, run_plain},
    {"3des-cbc", "DES-EDE3-CBC", 24, 8, 8, 0, run_plain},
    {"aes256-gcm@openssh.com", "AES-256-GCM", 32, 12, 16, 16, run_gcm},
    {"aes128-gcm@openssh.com", "AES-128-GCM", 16, 12, 16, 16, run_gcm},
    {"chacha20-poly1305@openssh.com", "ChaCha20", 64, 0, 8, 16, run_chacha},
};

const cl_file_cipher *cl_file_cipher_find(cleat_slice name)
{
    for (size_t i = 0; i < CL_COUNT(ciphers); i++) {
        if (cl_slice_is(name, ciphers[i].name))
            return &ciphers[i];
    }
    return NULL;
}
