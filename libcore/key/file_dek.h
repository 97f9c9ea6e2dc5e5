/* The old encryption of PEM files (RFC 1421 §4.6.1): two header lines and CBC, with a key that
 * OpenSSL makes of the passphrase in its way. */
#ifndef CL_KEY_FILE_DEK_H
#define CL_KEY_FILE_DEK_H

#include "armour.h"
#include "key.h"

/* True when the headers say that the body is encrypted. */
bool cl_dek_is_there(const cl_armour *a);

/* Appends what is in the armour to out, which is secret. An empty passphrase counts as one.
 * CLEAT_E_PASSPHRASE where the padding is wrong; a wrong passphrase may also give nonsense. */
CLEAT_MUST_USE cleat_status cl_dek_open(const cl_env *env, const cl_armour *a,
                                        cleat_slice passphrase, cl_buf *out, cleat_error *err);

#endif
