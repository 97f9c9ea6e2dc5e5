/* ML-KEM (FIPS 203), the parameter sets 768 and 1024, for use with an OpenSSL that lacks it.
 * Constant time in everything secret; no memory is taken but OpenSSL's hash context. */
#ifndef CL_ALG_MLKEM_H
#define CL_ALG_MLKEM_H

#include "hash.h"

#include <cleat/types.h>

#define CL_MLKEM_SEED 64 /* d || z, what a key pair is made from */
#define CL_MLKEM_MESSAGE 32
#define CL_MLKEM_SHARED 32
#define CL_MLKEM_EK_MAX 1568
#define CL_MLKEM_DK_MAX 3168
#define CL_MLKEM_CT_MAX 1568

typedef struct cl_mlkem_params {
    size_t ek_len; /* encapsulation key, public */
    size_t dk_len; /* decapsulation key, secret */
    size_t ct_len; /* ciphertext, public */
    uint8_t k;
    uint8_t du;
    uint8_t dv;
} cl_mlkem_params;

extern const cl_mlkem_params cl_mlkem_768;
extern const cl_mlkem_params cl_mlkem_1024;

/* Algorithm 16: the key pair of a seed. The output depends on nothing else. */
CLEAT_MUST_USE cleat_status cl_mlkem_keygen(const cl_mlkem_params *p, const cl_hashes *h,
                                            const uint8_t seed[CL_MLKEM_SEED], uint8_t *ek,
                                            uint8_t *dk);

/* Algorithm 17 with the random message m. CLEAT_E_KEX when the peer's ek has the wrong length or
 * a coefficient that is not reduced (§7.2). */
CLEAT_MUST_USE cleat_status cl_mlkem_encaps(const cl_mlkem_params *p, const cl_hashes *h,
                                            cleat_slice ek, const uint8_t m[CL_MLKEM_MESSAGE],
                                            uint8_t *ct, uint8_t shared[CL_MLKEM_SHARED]);

/* Algorithm 18. A ciphertext that was tampered with gives a shared secret nobody else has, and no
 * sign of it. CLEAT_E_KEX for a ciphertext of the wrong length, CLEAT_E_BAD_CALL for a dk that is
 * of the wrong length or damaged (§7.3). */
CLEAT_MUST_USE cleat_status cl_mlkem_decaps(const cl_mlkem_params *p, const cl_hashes *h,
                                            cleat_slice dk, cleat_slice ct,
                                            uint8_t shared[CL_MLKEM_SHARED]);

#endif
