/* ML-KEM by OpenSSL. */
#include "kem_openssl.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#if OPENSSL_VERSION_PREREQ(3, 5)

/* A library of this version may still be without: built so, or with providers that lack it. */
static bool is_there(const cl_kem *kem, const cl_env *env)
{
    ERR_set_mark();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(env->lib, kem->evp, NULL);
    ERR_pop_to_mark();
    EVP_PKEY_CTX_free(ctx);
    return ctx != NULL;
}

/* Only read, though the parameter's type does not say so. */
static OSSL_PARAM bytes_param(const char *name, const uint8_t *bytes, size_t len)
{
    union {
        const uint8_t *in;
        uint8_t *out;
    } at = {.in = bytes};
    return OSSL_PARAM_construct_octet_string(name, at.out, len);
}

cleat_status cl_kem_openssl_keygen(const cl_kem *kem, const cl_env *env,
                                   const uint8_t seed[CL_KEM_OPENSSL_SEED], uint8_t *public_key,
                                   uint8_t *secret_key)
{
    if (!is_there(kem, env))
        return CLEAT_E_UNSUPPORTED;
    const OSSL_PARAM params[] = {
        bytes_param(OSSL_PKEY_PARAM_ML_KEM_SEED, seed, CL_KEM_OPENSSL_SEED), OSSL_PARAM_END};
    size_t public_len = kem->public_len;
    size_t secret_len = kem->secret_len;
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(env->lib, kem->evp, NULL);
    bool made = ctx && EVP_PKEY_keygen_init(ctx) == 1 &&
                EVP_PKEY_CTX_set_params(ctx, params) == 1 && EVP_PKEY_generate(ctx, &key) == 1 &&
                EVP_PKEY_get_raw_public_key(key, public_key, &public_len) == 1 &&
                EVP_PKEY_get_raw_private_key(key, secret_key, &secret_len) == 1 &&
                public_len == kem->public_len && secret_len == kem->secret_len;
    EVP_PKEY_free(key);
    EVP_PKEY_CTX_free(ctx);
    return made ? CLEAT_OK : CLEAT_E_CRYPTO;
}

/* OpenSSL makes the check of §7.2 when it takes the key. */
cleat_status cl_kem_openssl_encaps(const cl_kem *kem, const cl_env *env, cleat_slice public_key,
                                   const uint8_t message[CL_KEM_OPENSSL_MESSAGE],
                                   uint8_t *ciphertext, uint8_t shared[CL_KEM_SHARED])
{
    if (!is_there(kem, env))
        return CLEAT_E_UNSUPPORTED;
    EVP_PKEY *key =
        EVP_PKEY_new_raw_public_key_ex(env->lib, kem->evp, NULL, public_key.data, public_key.len);
    if (!key) {
        ERR_clear_error();
        return CLEAT_E_KEX;
    }
    const OSSL_PARAM params[] = {bytes_param(OSSL_KEM_PARAM_IKME, message, CL_KEM_OPENSSL_MESSAGE),
                                 OSSL_PARAM_END};
    size_t ciphertext_len = kem->ciphertext_len;
    size_t shared_len = CL_KEM_SHARED;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(env->lib, key, NULL);
    bool made = ctx && EVP_PKEY_encapsulate_init(ctx, params) == 1 &&
                EVP_PKEY_encapsulate(ctx, ciphertext, &ciphertext_len, shared, &shared_len) == 1 &&
                ciphertext_len == kem->ciphertext_len && shared_len == CL_KEM_SHARED;
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(key);
    return made ? CLEAT_OK : CLEAT_E_CRYPTO;
}

cleat_status cl_kem_openssl_decaps(const cl_kem *kem, const cl_env *env, cleat_slice secret_key,
                                   cleat_slice ciphertext, uint8_t shared[CL_KEM_SHARED])
{
    if (!is_there(kem, env))
        return CLEAT_E_UNSUPPORTED;
    if (ciphertext.len != kem->ciphertext_len)
        return CLEAT_E_KEX;
    size_t shared_len = CL_KEM_SHARED;
    EVP_PKEY *key =
        EVP_PKEY_new_raw_private_key_ex(env->lib, kem->evp, NULL, secret_key.data, secret_key.len);
    EVP_PKEY_CTX *ctx = key ? EVP_PKEY_CTX_new_from_pkey(env->lib, key, NULL) : NULL;
    bool made =
        ctx && EVP_PKEY_decapsulate_init(ctx, NULL) == 1 &&
        EVP_PKEY_decapsulate(ctx, shared, &shared_len, ciphertext.data, ciphertext.len) == 1 &&
        shared_len == CL_KEM_SHARED;
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(key);
    return made ? CLEAT_OK : CLEAT_E_CRYPTO;
}

#else

cleat_status cl_kem_openssl_keygen(const cl_kem *kem, const cl_env *env,
                                   const uint8_t seed[CL_KEM_OPENSSL_SEED], uint8_t *public_key,
                                   uint8_t *secret_key)
{
    (void)kem;
    (void)env;
    (void)seed;
    (void)public_key;
    (void)secret_key;
    return CLEAT_E_UNSUPPORTED;
}

cleat_status cl_kem_openssl_encaps(const cl_kem *kem, const cl_env *env, cleat_slice public_key,
                                   const uint8_t message[CL_KEM_OPENSSL_MESSAGE],
                                   uint8_t *ciphertext, uint8_t shared[CL_KEM_SHARED])
{
    (void)kem;
    (void)env;
    (void)public_key;
    (void)message;
    (void)ciphertext;
    (void)shared;
    return CLEAT_E_UNSUPPORTED;
}

cleat_status cl_kem_openssl_decaps(const cl_kem *kem, const cl_env *env, cleat_slice secret_key,
                                   cleat_slice ciphertext, uint8_t shared[CL_KEM_SHARED])
{
    (void)kem;
    (void)env;
    (void)secret_key;
    (void)ciphertext;
    (void)shared;
    return CLEAT_E_UNSUPPORTED;
}

#endif
