/* The key derivation of OpenSSH's private key files: PBKDF2's shape with bcrypt's slow hash. */
#ifndef CL_KEY_BCRYPT_PBKDF_H
#define CL_KEY_BCRYPT_PBKDF_H

#include "../alg/env.h"

/* ssh-keygen's default is 16 to 24; this many take some ten minutes. A file that asks for more is
 * an attack on the reader. Fuzz targets are built with less (CLEAT_KEY_FILE_PATIENCE). */
#ifdef CLEAT_KEY_FILE_PATIENCE
enum { CL_BCRYPT_ROUNDS_MAX = CLEAT_KEY_FILE_PATIENCE };
#else
enum { CL_BCRYPT_ROUNDS_MAX = 65536 };
#endif
enum { CL_BCRYPT_OUT_MAX = 1024 };

/* CLEAT_E_BAD_CALL for an empty passphrase or salt, no rounds, no or too much output;
 * CLEAT_E_LIMIT for more than CL_BCRYPT_ROUNDS_MAX rounds. */
CLEAT_MUST_USE cleat_status cl_bcrypt_pbkdf(const cl_env *env, cleat_slice passphrase,
                                            cleat_slice salt, uint32_t rounds, uint8_t *out,
                                            size_t out_len);

#endif
