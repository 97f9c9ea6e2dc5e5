/* Pictures of public keys. */
#ifndef CL_KEY_RANDOMART_H
#define CL_KEY_RANDOMART_H

#include "key.h"

/* CLEAT_E_UNSUPPORTED where the crypto library has no MD5. */
CLEAT_MUST_USE cleat_status cl_randomart(const cleat_key *key, cleat_fingerprint_hash hash,
                                         char out[CLEAT_RANDOMART_MAX]);

#endif
