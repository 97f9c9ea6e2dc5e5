/* ECDSA keys on the three NIST curves that RFC 5656 requires. */
#ifndef CL_KEY_KEY_ECDSA_H
#define CL_KEY_KEY_ECDSA_H

#include "key.h"

extern const cl_key_type cl_key_ecdsa_p256;
extern const cl_key_type cl_key_ecdsa_p384;
extern const cl_key_type cl_key_ecdsa_p521;
extern const cl_key_type cl_key_sk_ecdsa;

#endif
