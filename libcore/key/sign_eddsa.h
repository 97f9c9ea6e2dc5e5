/* Ed25519 and Ed448 signatures (RFC 8709 §6). */
#ifndef CL_KEY_SIGN_EDDSA_H
#define CL_KEY_SIGN_EDDSA_H

#include "key.h"

extern const cl_sig_alg cl_sig_ed25519;
extern const cl_sig_alg cl_sig_ed448;
extern const cl_sig_alg cl_sig_sk_ed25519;

#endif
