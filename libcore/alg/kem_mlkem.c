/* ML-KEM with the environment's randomness: OpenSSL's where the library has it, else our own. Keys
 * and ciphertexts are FIPS 203's, the same for both. */
#include "../base/ct.h"
#include "kem_openssl.h"
#include "mlkem.h"

static cleat_status keygen(const cl_kem *kem, const cl_env *env, uint8_t *public_key,
                           uint8_t *secret_key)
{
    uint8_t seed[CL_MLKEM_SEED];
    cleat_status st = cl_random_fill(env, seed, sizeof seed);
    if (st == CLEAT_OK)
        st = cl_kem_openssl_keygen(kem, env, seed, public_key, secret_key);
    if (st == CLEAT_E_UNSUPPORTED)
        st = cl_mlkem_keygen(kem->params, env->hashes, seed, public_key, secret_key);
    cl_wipe(seed, sizeof seed);
    return st;
}

static cleat_status encaps(const cl_kem *kem, const cl_env *env, cleat_slice public_key,
                           uint8_t *ciphertext, uint8_t shared[CL_KEM_SHARED])
{
    uint8_t message[CL_MLKEM_MESSAGE];
    cleat_status st = cl_random_fill(env, message, sizeof message);
    if (st == CLEAT_OK)
        st = cl_kem_openssl_encaps(kem, env, public_key, message, ciphertext, shared);
    if (st == CLEAT_E_UNSUPPORTED)
        st = cl_mlkem_encaps(kem->params, env->hashes, public_key, message, ciphertext, shared);
    cl_wipe(message, sizeof message);
    return st;
}

static cleat_status decaps(const cl_kem *kem, const cl_env *env, cleat_slice secret_key,
                           cleat_slice ciphertext, uint8_t shared[CL_KEM_SHARED])
{
    cleat_status st = cl_kem_openssl_decaps(kem, env, secret_key, ciphertext, shared);
    if (st == CLEAT_E_UNSUPPORTED)
        st = cl_mlkem_decaps(kem->params, env->hashes, secret_key, ciphertext, shared);
    return st;
}

const cl_kem cl_kem_mlkem768 = {
    .public_len = 1184,
    .secret_len = 2400,
    .ciphertext_len = 1088,
    .params = &cl_mlkem_768,
    .evp = "ML-KEM-768",
    .keygen = keygen,
    .encaps = encaps,
    .decaps = decaps,
};

const cl_kem cl_kem_mlkem1024 = {
    .public_len = 1568,
    .secret_len = 3168,
    .ciphertext_len = 1568,
    .params = &cl_mlkem_1024,
    .evp = "ML-KEM-1024",
    .keygen = keygen,
    .encaps = encaps,
    .decaps = decaps,
};
