/* PKCS#12 (RFC 7292): keys and certificates of X.509 in one encrypted file. Read only. */
#ifndef CL_KEY_FILE_PKCS12_H
#define CL_KEY_FILE_PKCS12_H

#include "bundle.h"

/* As cl_der_label has it; there is no such PEM. */
#define CL_PKCS12_LABEL "PKCS12"

/* Appends what the file holds, in its order. An empty passphrase is one here: CLEAT_E_KEY_ENCRYPTED
 * only where it is wrong. Names of keys become their comments. */
CLEAT_MUST_USE cleat_status cl_pkcs12_read(const cl_env *env, cleat_slice der,
                                           cleat_slice passphrase, cleat_key_bundle *out,
                                           cleat_error *err);

/* The empty passphrase does not open it. */
bool cl_pkcs12_is_encrypted(const cl_env *env, cleat_slice der);

#endif
