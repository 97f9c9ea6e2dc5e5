/* ML-KEM's hash functions (FIPS 203 §4.1) and the polynomials sampled from them (§4.2.2). */
#ifndef CL_ALG_MLKEM_SAMPLE_H
#define CL_ALG_MLKEM_SAMPLE_H

#include "hash.h"
#include "mlkem_ntt.h"

#define CL_MLKEM_SYM 32 /* length of rho, sigma, d, z, m and every hash that is kept */

/* The digests and one work area that every hash of an operation reuses. */
typedef struct cl_mlkem_hasher {
    const cl_hashes *hashes;
    EVP_MD_CTX *work;
} cl_mlkem_hasher;

/* G: out = 64 bytes of SHA3-512 over both pieces. */
CLEAT_MUST_USE cleat_status cl_mlkem_hash_g(const cl_mlkem_hasher *x, cleat_slice a, cleat_slice b,
                                            uint8_t out[2 * CL_MLKEM_SYM]);
/* H: SHA3-256. */
CLEAT_MUST_USE cleat_status cl_mlkem_hash_h(const cl_mlkem_hasher *x, cleat_slice a,
                                            uint8_t out[CL_MLKEM_SYM]);
/* J: 32 bytes of SHAKE256 over both pieces. */
CLEAT_MUST_USE cleat_status cl_mlkem_hash_j(const cl_mlkem_hasher *x, cleat_slice a, cleat_slice b,
                                            uint8_t out[CL_MLKEM_SYM]);

/* SampleNTT(rho || first || second), Algorithm 7: uniform, 0 <= c < q. Its time depends on rho,
 * which is public. */
CLEAT_MUST_USE cleat_status cl_mlkem_sample_uniform(const cl_mlkem_hasher *x, const uint8_t *rho,
                                                    uint8_t first, uint8_t second,
                                                    cl_mlkem_poly *f);

/* SamplePolyCBD_2(PRF_2(seed, nonce)), Algorithm 8: small, |c| <= 2, in constant time. */
CLEAT_MUST_USE cleat_status cl_mlkem_sample_small(const cl_mlkem_hasher *x, const uint8_t *seed,
                                                  uint8_t nonce, cl_mlkem_poly *f);

#endif
