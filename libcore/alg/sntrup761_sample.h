/* Secret polynomials of Streamlined NTRU Prime 761, drawn in constant time. */
#ifndef CL_ALG_SNTRUP761_SAMPLE_H
#define CL_ALG_SNTRUP761_SAMPLE_H

#include "sntrup761_poly.h"

#include <cleat/types.h>

/* Every coefficient -1, 0 or 1, independent of the others. */
CLEAT_MUST_USE cleat_status cl_sntrup_sample_small(const cleat_random *random, cl_sntrup_poly *f);

/* As sample_small, but exactly CL_SNTRUP_W coefficients are not zero. */
CLEAT_MUST_USE cleat_status cl_sntrup_sample_short(const cleat_random *random, cl_sntrup_poly *f);

#endif
