/* ML-KEM by OpenSSL, for a library that has it (3.5 and later). Each call is CLEAT_E_UNSUPPORTED
 * where it has not; then our own is used. */
#ifndef CL_ALG_KEM_OPENSSL_H
#define CL_ALG_KEM_OPENSSL_H

#include "kem.h"

#define CL_KEM_OPENSSL_SEED 64    /* d || z (FIPS 203 §7.1) */
#define CL_KEM_OPENSSL_MESSAGE 32 /* m (§7.2) */

CLEAT_MUST_USE cleat_status cl_kem_openssl_keygen(const cl_kem *kem, const cl_env *env,
                                                  const uint8_t seed[CL_KEM_OPENSSL_SEED],
                                                  uint8_t *public_key, uint8_t *secret_key);
CLEAT_MUST_USE cleat_status cl_kem_openssl_encaps(const cl_kem *kem, const cl_env *env,
                                                  cleat_slice public_key,
                                                  const uint8_t message[CL_KEM_OPENSSL_MESSAGE],
                                                  uint8_t *ciphertext,
                                                  uint8_t shared[CL_KEM_SHARED]);
CLEAT_MUST_USE cleat_status cl_kem_openssl_decaps(const cl_kem *kem, const cl_env *env,
                                                  cleat_slice secret_key, cleat_slice ciphertext,
                                                  uint8_t shared[CL_KEM_SHARED]);

#endif
