/* PuTTY's private key files, versions 2 and 3. */
#ifndef CL_KEY_FILE_PPK_H
#define CL_KEY_FILE_PPK_H

#include "key.h"
#include "ppk_seal.h"

/* What PuTTYgen takes by default, but for the passes, which it counts by the clock. */
enum { CL_PPK_KIB_DEFAULT = 8192, CL_PPK_PASSES_DEFAULT = 13 };

/* The file begins as one of PuTTY's does. */
bool cl_ppk_knows(cleat_slice file);

/* version (which may be NULL) becomes that of the file. An empty passphrase counts as none. */
CLEAT_MUST_USE cleat_status cl_ppk_read(const cl_env *env, cleat_slice file, cleat_slice passphrase,
                                        cleat_key **out, unsigned *version, cleat_error *err);

/* What can be read without a passphrase: the public key with its comment, and whether the rest is
 * encrypted. */
CLEAT_MUST_USE cleat_status cl_ppk_peek(const cl_env *env, cleat_slice file, cleat_key **out,
                                        bool *encrypted, cleat_error *err);

/* Appends the file. An empty passphrase: not encrypted; passes 0: the default. out should be a
 * secret buffer. */
CLEAT_MUST_USE cleat_status cl_ppk_write(const cleat_key *key, unsigned version,
                                         cleat_slice passphrase, uint32_t passes, cl_buf *out,
                                         cleat_error *err);

#endif
