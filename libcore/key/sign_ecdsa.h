/* ECDSA signatures (RFC 5656 §3.1.2). */
#ifndef CL_KEY_SIGN_ECDSA_H
#define CL_KEY_SIGN_ECDSA_H

#include "key.h"

extern const cl_sig_alg cl_sig_ecdsa_p256;
extern const cl_sig_alg cl_sig_ecdsa_p384;
extern const cl_sig_alg cl_sig_ecdsa_p521;
extern const cl_sig_alg cl_sig_sk_ecdsa;
extern const cl_sig_alg cl_sig_webauthn_sk_ecdsa;

#endif
