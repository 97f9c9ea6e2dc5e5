/* What is shown by whoever proves to have a key: the key, or a certificate that it comes in. */
#ifndef CL_X509_SHOWN_H
#define CL_X509_SHOWN_H

#include "chain.h"

/* The key that has to prove itself where `shown` is shown and the public key algorithm named.
 * Whether a certificate is good for anything is another question. */
CLEAT_MUST_USE cleat_status cl_shown_key(const cl_env *env, cleat_slice algorithm,
                                         cleat_slice shown, cleat_key **key, cleat_error *err);

/* Who signs there, and by which signature's name. Copies. */
CLEAT_MUST_USE cleat_status cl_shown_signer(const cl_env *env, cl_arena *arena,
                                            cleat_slice algorithm, cleat_slice shown,
                                            const char **name, cleat_slice *key_blob);

#endif
