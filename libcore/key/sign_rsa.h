/* RSASSA-PKCS1-v1_5 signatures: SHA-2 (RFC 8332) and the old SHA-1 (RFC 4253 §6.6). */
#ifndef CL_KEY_SIGN_RSA_H
#define CL_KEY_SIGN_RSA_H

#include "key.h"

extern const cl_sig_alg cl_sig_rsa_sha2_512;
extern const cl_sig_alg cl_sig_rsa_sha2_256;
extern const cl_sig_alg cl_sig_rsa2048_sha256; /* RFC 6187 §3.3 */
extern const cl_sig_alg cl_sig_rsa_sha1;

#endif
