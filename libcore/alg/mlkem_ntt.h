/* Arithmetic in ML-KEM's ring R_q = Z_q[X]/(X^256 + 1), q = 3329 (FIPS 203 §4.3), in constant time.
 * Coefficients are signed residues; how far from zero they may be is said with each function. */
#ifndef CL_ALG_MLKEM_NTT_H
#define CL_ALG_MLKEM_NTT_H

#include <stddef.h>
#include <stdint.h>

#define CL_MLKEM_N 256
#define CL_MLKEM_Q 3329
#define CL_MLKEM_K_MAX 4

typedef struct cl_mlkem_poly {
    int16_t c[CL_MLKEM_N];
} cl_mlkem_poly;

/* A vector in the NTT domain, prepared for products: odd[i] is p[i]'s odd coefficients times the
 * gamma of FIPS 203 Algorithm 12, which every product with p[i] needs. */
typedef struct cl_mlkem_factor {
    cl_mlkem_poly p[CL_MLKEM_K_MAX];
    int16_t odd[CL_MLKEM_K_MAX][CL_MLKEM_N / 2];
} cl_mlkem_factor;

/* Algorithm 9, in place. In: |c| < q. Out: |c| <= q/2. */
void cl_mlkem_ntt(cl_mlkem_poly *f);

/* Algorithm 10 in place, and removes the factor 2^-16 that cl_mlkem_dot leaves. In: |c| < q.
 * Out: |c| < q. */
void cl_mlkem_ntt_inverse(cl_mlkem_poly *f);

/* Removes the factor 2^-16 of cl_mlkem_dot from a polynomial that stays in the NTT domain. */
void cl_mlkem_unscale(cl_mlkem_poly *f);

/* Fills odd[] from the first k entries of p[], which are |c| <= q/2. */
void cl_mlkem_factor_prepare(cl_mlkem_factor *f, size_t k);

/* out = 2^-16 * sum of a[i] * b[i] over i < k, in the NTT domain. In: a 0 <= c < q. Out: |c| < q.
 */
void cl_mlkem_dot(cl_mlkem_poly *out, const cl_mlkem_poly *a, const cl_mlkem_factor *b, size_t k);

/* f += g, unreduced. */
void cl_mlkem_add(cl_mlkem_poly *f, const cl_mlkem_poly *g);

/* f -= g, unreduced. */
void cl_mlkem_subtract(cl_mlkem_poly *f, const cl_mlkem_poly *g);

/* Any int16 to |c| <= q/2. */
void cl_mlkem_reduce(cl_mlkem_poly *f);

#endif
