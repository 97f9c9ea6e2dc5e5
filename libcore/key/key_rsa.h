/* RSA keys (RFC 4253 §6.6). */
#ifndef CL_KEY_KEY_RSA_H
#define CL_KEY_KEY_RSA_H

#include "key.h"

extern const cl_key_type cl_key_rsa;

#endif
