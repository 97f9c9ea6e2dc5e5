/* Password-based encryption as ASN.1 files have it: PBES1 and PBES2 (RFC 8018), and PKCS#12's own
 * (RFC 7292 appendix B), whatever OpenSSL has of them. */
#ifndef CL_KEY_PBE_H
#define CL_KEY_PBE_H

#include "key.h"

#include <openssl/x509.h>

/* Rounds beyond this are refused, those of all parts of a file together: minutes of work for
 * whoever opens it. */
#ifdef CLEAT_KEY_FILE_PATIENCE
#define CL_PBE_ROUNDS_MAX (CLEAT_KEY_FILE_PATIENCE * 100L)
#else
#define CL_PBE_ROUNDS_MAX 20000000L
#endif

/* CLEAT_E_LIMIT when the encryption is malformed or asks for more than *left rounds; else *left is
 * what remains. */
CLEAT_MUST_USE cleat_status cl_pbe_spend(const X509_ALGOR *alg, long *left, cleat_error *err);
CLEAT_MUST_USE cleat_status cl_pbe_spend_rounds(const ASN1_INTEGER *rounds, long *left,
                                                cleat_error *err);

/* What OpenSSL's errors, which are forgotten, say about a decryption that failed:
 * CLEAT_E_UNSUPPORTED for an algorithm that it does not have, else CLEAT_E_PASSPHRASE. */
CLEAT_MUST_USE cleat_status cl_pbe_failed(const X509_ALGOR *alg, cleat_error *err);

/* Decrypts a PKCS#8 key; lib is where the algorithms are. */
CLEAT_MUST_USE cleat_status cl_pbe_open_key(OSSL_LIB_CTX *lib, const X509_SIG *sealed,
                                            cleat_slice passphrase, PKCS8_PRIV_KEY_INFO **out,
                                            cleat_error *err);

#endif
