/* OpenSSH's private key file (PROTOCOL.key): "openssh-key-v1". */
#ifndef CL_KEY_FILE_OPENSSH_H
#define CL_KEY_FILE_OPENSSH_H

#include "armour.h"
#include "key.h"

#define CL_OPENSSH_LABEL "OPENSSH PRIVATE KEY"

/* a->label is CL_OPENSSH_LABEL. An empty passphrase counts as none. */
CLEAT_MUST_USE cleat_status cl_openssh_read(const cl_env *env, const cl_armour *a,
                                            cleat_slice passphrase, cleat_key **out,
                                            cleat_error *err);

/* What can be read without a passphrase: the public key, and whether the rest is encrypted. */
CLEAT_MUST_USE cleat_status cl_openssh_peek(const cl_env *env, const cl_armour *a, cleat_key **out,
                                            bool *encrypted, cleat_error *err);

/* Appends the file. An empty passphrase: not encrypted. cipher NULL and rounds 0: the defaults. out
 * should be a secret buffer. */
CLEAT_MUST_USE cleat_status cl_openssh_write(const cleat_key *key, cleat_slice passphrase,
                                             const char *cipher, uint32_t rounds, cl_buf *out,
                                             cleat_error *err);

#endif
