/* sntrup761 with the environment's randomness. */
#include "kem.h"

#include "sntrup761.h"

static cleat_status keygen(const cl_kem *kem, const cl_env *env, uint8_t *public_key,
                           uint8_t *secret_key)
{
    (void)kem;
    return cl_sntrup761_keygen(env->random, env->hashes, public_key, secret_key);
}

static cleat_status encaps(const cl_kem *kem, const cl_env *env, cleat_slice public_key,
                           uint8_t *ciphertext, uint8_t shared[CL_KEM_SHARED])
{
    (void)kem;
    return cl_sntrup761_encaps(env->random, env->hashes, public_key, ciphertext, shared);
}

static cleat_status decaps(const cl_kem *kem, const cl_env *env, cleat_slice secret_key,
                           cleat_slice ciphertext, uint8_t shared[CL_KEM_SHARED])
{
    (void)kem;
    return cl_sntrup761_decaps(env->hashes, secret_key, ciphertext, shared);
}

const cl_kem cl_kem_sntrup761 = {
    .public_len = CL_SNTRUP761_PK,
    .secret_len = CL_SNTRUP761_SK,
    .ciphertext_len = CL_SNTRUP761_CT,
    .keygen = keygen,
    .encaps = encaps,
    .decaps = decaps,
};
