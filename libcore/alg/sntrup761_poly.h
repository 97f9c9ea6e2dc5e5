/* Arithmetic of Streamlined NTRU Prime 761 in constant time: polynomials modulo x^761 - x - 1 with
 * coefficients modulo q = 4591 ("R/q") or modulo 3 ("R/3"), both centred around zero. */
#ifndef CL_ALG_SNTRUP761_POLY_H
#define CL_ALG_SNTRUP761_POLY_H

#include <stddef.h>
#include <stdint.h>

#define CL_SNTRUP_P 761
#define CL_SNTRUP_Q 4591
#define CL_SNTRUP_Q_HALF 2295
#define CL_SNTRUP_W 286

/* Loops run over a length that vector registers divide; the coefficients from P on are zero. */
#define CL_SNTRUP_PADDED 768

typedef struct cl_sntrup_poly {
    int16_t c[CL_SNTRUP_PADDED];
} cl_sntrup_poly;

/* x mod q, centred, for |x| < 2^24. */
static inline int16_t cl_sntrup_mod_q(int32_t x)
{
    /* The factor is 2^40 / q: precise enough, as q is odd and no x / q comes near a half. */
    int64_t quotient = ((int64_t)x * INT64_C(239492840) + (INT64_C(1) << 39)) >> 40;
    return (int16_t)(x - (int32_t)quotient * CL_SNTRUP_Q);
}

/* out = a * small in R/q, where small's coefficients are -1, 0 or 1 and a's are centred. When a is
 * small too, this is also their product over the integers: no coefficient can reach q/2. */
void cl_sntrup_mul(cl_sntrup_poly *out, const cl_sntrup_poly *a, const cl_sntrup_poly *small);

/* f *= 3 in R/q. */
void cl_sntrup_triple(cl_sntrup_poly *f);

/* Each centred coefficient to its residue modulo 3: -1, 0 or 1. */
void cl_sntrup_mod_3(cl_sntrup_poly *f);

/* Each centred coefficient to the nearest multiple of 3. */
void cl_sntrup_round(cl_sntrup_poly *f);

#endif
