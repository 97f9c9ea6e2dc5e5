/* Ed25519 and Ed448 keys (RFC 8709). */
#ifndef CL_KEY_KEY_ED_H
#define CL_KEY_KEY_ED_H

#include "key.h"

extern const cl_key_type cl_key_ed25519;
extern const cl_key_type cl_key_ed448;
extern const cl_key_type cl_key_sk_ed25519;

#endif
