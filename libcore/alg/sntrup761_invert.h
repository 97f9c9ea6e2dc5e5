/* Reciprocals for Streamlined NTRU Prime 761, in constant time: a fixed number of the division
 * steps of Bernstein and Yang, "Fast constant-time gcd computation and modular inversion" §6. */
#ifndef CL_ALG_SNTRUP761_INVERT_H
#define CL_ALG_SNTRUP761_INVERT_H

#include "sntrup761_poly.h"

#include <stdbool.h>

/* out = 1/small in R/3; false when there is none. Whether there is one may become public: key
 * generation then takes another polynomial. */
bool cl_sntrup_invert_3(cl_sntrup_poly *out, const cl_sntrup_poly *small);

/* out = 1/(3 * small) in R/q, which is a field; small is not zero. */
void cl_sntrup_invert_q(cl_sntrup_poly *out, const cl_sntrup_poly *small);

#endif
