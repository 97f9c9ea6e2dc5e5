/* What a file in DER holds, told by its first fields; and the files that are written by OpenSSL:
 * PKCS#8, PKCS#1 and SEC1, in PEM or bare. */
#ifndef CL_KEY_FILE_DER_H
#define CL_KEY_FILE_DER_H

#include "key.h"

/* The label that the same thing would have in PEM, "RSA PRIVATE KEY"; NULL for what is not one
 * SEQUENCE from end to end, or none of those that hold keys or certificates. */
const char *cl_der_label(cleat_slice file);

/* Without what follows the first SEQUENCE. Empty when there is none. */
cleat_slice cl_der_first(cleat_slice data);

typedef struct cl_der_seal {
    cleat_slice passphrase; /* empty: not encrypted */
    const char *cipher;     /* OpenSSL's name of one in CBC mode; NULL: AES-256-CBC */
    const char *prf;        /* of PBKDF2, OpenSSL's name; NULL: hmacWithSHA256 */
    uint32_t rounds;        /* of PBKDF2; 0: the default */
} cl_der_seal;

/* Append the file; out should be a secret buffer. Traditional is PKCS#1 for RSA, SEC1 for ECDSA,
 * OpenSSL's own for DSA, and CLEAT_E_UNSUPPORTED for other keys; its DER is never encrypted. */
CLEAT_MUST_USE cleat_status cl_pkcs8_write(const cleat_key *key, bool pem, const cl_der_seal *seal,
                                           cl_buf *out, cleat_error *err);
CLEAT_MUST_USE cleat_status cl_traditional_write(const cleat_key *key, bool pem,
                                                 const cl_der_seal *seal, cl_buf *out,
                                                 cleat_error *err);

#endif
