/* Fingerprints of public key blobs. */
#ifndef CL_KEY_FINGERPRINT_H
#define CL_KEY_FINGERPRINT_H

#include "key.h"

/* Writes text with its final zero. CLEAT_E_UNSUPPORTED where the crypto library has no MD5. */
CLEAT_MUST_USE cleat_status cl_fingerprint(const cl_env *env, cleat_slice blob,
                                           cleat_fingerprint_hash hash,
                                           char out[CLEAT_FINGERPRINT_MAX]);

#endif
