/* The KEM sntrup761 (Streamlined NTRU Prime, round 3 of NIST's project), as the key exchange
 * sntrup761x25519-sha512 uses it. Constant time in everything secret; no memory is taken. */
#ifndef CL_ALG_SNTRUP761_H
#define CL_ALG_SNTRUP761_H

#include "hash.h"

#include <cleat/types.h>

#define CL_SNTRUP761_PK 1158
#define CL_SNTRUP761_SK 1763
#define CL_SNTRUP761_CT 1039
#define CL_SNTRUP761_SHARED 32

CLEAT_MUST_USE cleat_status cl_sntrup761_keygen(const cleat_random *random, const cl_hashes *h,
                                                uint8_t pk[CL_SNTRUP761_PK],
                                                uint8_t sk[CL_SNTRUP761_SK]);

/* CLEAT_E_KEX for a key of the wrong length; every other key can be used. */
CLEAT_MUST_USE cleat_status cl_sntrup761_encaps(const cleat_random *random, const cl_hashes *h,
                                                cleat_slice pk, uint8_t ct[CL_SNTRUP761_CT],
                                                uint8_t shared[CL_SNTRUP761_SHARED]);

/* A ciphertext that was tampered with gives a shared secret nobody else has, and no sign of it.
 * CLEAT_E_KEX for a ciphertext of the wrong length, CLEAT_E_BAD_CALL for such a secret key. */
CLEAT_MUST_USE cleat_status cl_sntrup761_decaps(const cl_hashes *h, cleat_slice sk, cleat_slice ct,
                                                uint8_t shared[CL_SNTRUP761_SHARED]);

#endif
