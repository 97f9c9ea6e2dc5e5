/* Polynomials of Streamlined NTRU Prime 761 as bytes, in constant time. */
#ifndef CL_ALG_SNTRUP761_ENCODE_H
#define CL_ALG_SNTRUP761_ENCODE_H

#include "sntrup761_poly.h"

#define CL_SNTRUP_SMALL_LEN 191    /* 2 bits a coefficient */
#define CL_SNTRUP_RQ_LEN 1158      /* any residues modulo q */
#define CL_SNTRUP_ROUNDED_LEN 1007 /* multiples of 3 modulo q */

void cl_sntrup_encode_small(uint8_t *out, const cl_sntrup_poly *f);
void cl_sntrup_decode_small(cl_sntrup_poly *f, const uint8_t *in);

/* Coefficients centred. Any bytes decode to some polynomial. */
void cl_sntrup_encode_rq(uint8_t *out, const cl_sntrup_poly *f);
void cl_sntrup_decode_rq(cl_sntrup_poly *f, const uint8_t *in);

void cl_sntrup_encode_rounded(uint8_t *out, const cl_sntrup_poly *f);
void cl_sntrup_decode_rounded(cl_sntrup_poly *f, const uint8_t *in);

#endif
