/* Key encapsulation, as the post-quantum half of the hybrids uses it. */
#ifndef CL_ALG_KEM_H
#define CL_ALG_KEM_H

#include "env.h"

#define CL_KEM_SHARED 32 /* for all of them */

typedef struct cl_kem {
    size_t public_len;
    size_t secret_len;
    size_t ciphertext_len;
    const void *params; /* for the implementation */
    const char *evp;    /* OpenSSL's name, NULL where it has none */
    cleat_status (*keygen)(const struct cl_kem *kem, const cl_env *env, uint8_t *public_key,
                           uint8_t *secret_key);
    /* CLEAT_E_KEX for a public key that breaks the method's rules. */
    cleat_status (*encaps)(const struct cl_kem *kem, const cl_env *env, cleat_slice public_key,
                           uint8_t *ciphertext, uint8_t shared[CL_KEM_SHARED]);
    /* A ciphertext that was tampered with gives another secret and no sign of it. */
    cleat_status (*decaps)(const struct cl_kem *kem, const cl_env *env, cleat_slice secret_key,
                           cleat_slice ciphertext, uint8_t shared[CL_KEM_SHARED]);
} cl_kem;

extern const cl_kem cl_kem_mlkem768;
extern const cl_kem cl_kem_mlkem1024;
extern const cl_kem cl_kem_sntrup761;

#endif
