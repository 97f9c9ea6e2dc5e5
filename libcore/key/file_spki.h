/* Public keys in ASN.1: SubjectPublicKeyInfo (RFC 5280 §4.1) and PKCS#1's RSAPublicKey (RFC 8017
 * §A.1.1), bare or in PEM. */
#ifndef CL_KEY_FILE_SPKI_H
#define CL_KEY_FILE_SPKI_H

#include "armour.h"
#include "key.h"

#define CL_SPKI_LABEL "PUBLIC KEY"
#define CL_PKCS1_PUBLIC_LABEL "RSA PUBLIC KEY"

/* The DER must hold one key and nothing after it. */
CLEAT_MUST_USE cleat_status cl_spki_read(const cl_env *env, cleat_slice der, cleat_key **out,
                                         cleat_error *err);
CLEAT_MUST_USE cleat_status cl_pkcs1_public_read(const cl_env *env, cleat_slice der,
                                                 cleat_key **out, cleat_error *err);

/* Append the DER. CLEAT_E_UNSUPPORTED: PKCS#1 is for RSA keys. */
CLEAT_MUST_USE cleat_status cl_spki_write(const cleat_key *key, cl_buf *out, cleat_error *err);
CLEAT_MUST_USE cleat_status cl_pkcs1_public_write(const cleat_key *key, cl_buf *out,
                                                  cleat_error *err);

#endif
