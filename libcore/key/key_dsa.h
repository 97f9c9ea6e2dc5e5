/* The row of DSA keys. */
#ifndef CL_KEY_KEY_DSA_H
#define CL_KEY_KEY_DSA_H

#include "key.h"

extern const cl_key_type cl_key_dsa;

#endif
