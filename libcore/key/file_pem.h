/* Private keys in PEM: PKCS#1, SEC1, OpenSSL's of DSA, and PKCS#8, plain and encrypted. */
#ifndef CL_KEY_FILE_PEM_H
#define CL_KEY_FILE_PEM_H

#include "armour.h"
#include "key.h"

#include <openssl/types.h>

#define CL_PEM_PKCS8 "PRIVATE KEY"
#define CL_PEM_PKCS8_ENCRYPTED "ENCRYPTED PRIVATE KEY"
#define CL_PEM_RSA "RSA PRIVATE KEY"
#define CL_PEM_EC "EC PRIVATE KEY"
#define CL_PEM_DSA "DSA PRIVATE KEY"

/* True for the labels that cl_pem_read knows. */
bool cl_pem_knows(cleat_slice label);

/* "PRIVATE KEY" and "ENCRYPTED PRIVATE KEY". */
bool cl_pem_is_pkcs8(cleat_slice label);

/* An empty passphrase counts as none. */
CLEAT_MUST_USE cleat_status cl_pem_read(const cl_env *env, const cl_armour *a,
                                        cleat_slice passphrase, cleat_key **out, cleat_error *err);

/* The same without the armour; label is one that cl_pem_knows. */
CLEAT_MUST_USE cleat_status cl_pem_read_der(const cl_env *env, const char *label, cleat_slice der,
                                            cleat_slice passphrase, cleat_key **out,
                                            cleat_error *err);

bool cl_pem_is_encrypted(const cl_armour *a);

/* The key of PKCS#8 that is in the clear. */
CLEAT_MUST_USE cleat_status cl_pkcs8_key(const cl_env *env, const PKCS8_PRIV_KEY_INFO *info,
                                         cleat_key **out, cleat_error *err);

#endif
