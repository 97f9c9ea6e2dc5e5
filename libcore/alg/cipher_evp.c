/* What the packet ciphers share in their use of OpenSSL. */
#include "cipher_evp.h"

#include "../base/slice.h"

#include <assert.h>
#include <limits.h>

static cleat_status key_context(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher, cleat_slice key,
                                cleat_slice iv, bool encrypt)
{
    if (key.len != (size_t)EVP_CIPHER_get_key_length(cipher) ||
        (iv.len && iv.len != (size_t)EVP_CIPHER_get_iv_length(cipher)))
        return CLEAT_E_BAD_CALL;
    if (!EVP_CipherInit_ex2(ctx, cipher, key.data, iv.len ? iv.data : NULL, encrypt, NULL) ||
        !EVP_CIPHER_CTX_set_padding(ctx, 0))
        return CLEAT_E_CRYPTO;
    return CLEAT_OK;
}

cleat_status cl_evp_cipher_new(const cl_env *env, const char *name, cleat_slice key, cleat_slice iv,
                               bool encrypt, EVP_CIPHER_CTX **out)
{
    *out = NULL;
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(env->lib, name, NULL);
    if (!cipher)
        return CLEAT_E_UNSUPPORTED;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    cleat_status st = ctx ? key_context(ctx, cipher, key, iv, encrypt) : CLEAT_E_NOMEM;
    EVP_CIPHER_free(cipher);
    if (st != CLEAT_OK) {
        EVP_CIPHER_CTX_free(ctx);
        return st;
    }
    *out = ctx;
    return CLEAT_OK;
}

cleat_status cl_evp_cipher_iv(EVP_CIPHER_CTX *ctx, const uint8_t *iv)
{
    return EVP_CipherInit_ex2(ctx, NULL, NULL, iv, -1, NULL) ? CLEAT_OK : CLEAT_E_CRYPTO;
}

cleat_status cl_evp_cipher_run(EVP_CIPHER_CTX *ctx, const uint8_t *in, size_t len, uint8_t *out)
{
    assert(len <= INT_MAX);
    int done = 0;
    if (len == 0)
        return CLEAT_OK;
    if (!EVP_CipherUpdate(ctx, out, &done, in, (int)len) || (size_t)done != len)
        return CLEAT_E_CRYPTO;
    return CLEAT_OK;
}

cleat_status cl_evp_cipher_parts(EVP_CIPHER_CTX *ctx, const cleat_slice *parts, size_t count,
                                 size_t skip, uint8_t *out)
{
    assert(count > 0 && parts[0].len >= skip);
    for (size_t i = 0; i < count; i++) {
        cleat_slice part = i ? parts[i] : cl_slice_cut(parts[0], skip, parts[0].len);
        int done = 0;
        assert(part.len <= INT_MAX);
        if (part.len == 0)
            continue;
        /* a block cipher writes less, and later more, where a part ends within a block */
        if (!EVP_CipherUpdate(ctx, out, &done, part.data, (int)part.len))
            return CLEAT_E_CRYPTO;
        out += done;
    }
    return CLEAT_OK;
}

size_t cl_parts_len(const cleat_slice *parts, size_t count)
{
    size_t len = 0;
    for (size_t i = 0; i < count; i++)
        len += parts[i].len;
    return len;
}
