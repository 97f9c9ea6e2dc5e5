/* Ways from a certificate to a trusted root (RFC 5280 §6.1). */
#ifndef CL_X509_PATH_H
#define CL_X509_PATH_H

#include "store.h"

#include <openssl/x509.h>

/* A way that is looked for. */
typedef struct cl_x509_search {
    const cleat_x509_store *store;
    X509 *cert;                /* whose */
    STACK_OF(X509) * others;   /* that may lead on; not trusted */
    const cleat_x509_use *use; /* its time, levels and what it says about CRLs */
    bool unlisted;             /* no revocation list counts */
} cl_x509_search;

/* *way becomes the certificates from the one to the root, to be freed by sk_X509_pop_free.
 * CLEAT_E_PERMISSION with the reason. */
CLEAT_MUST_USE cleat_status cl_x509_find_way(const cl_x509_search *search, STACK_OF(X509) * *way,
                                             cleat_error *err);

/* "its purpose is another" about one certificate: that is refused. */
cleat_status cl_x509_refuse(const cl_env *env, X509 *cert, const char *why, cleat_error *err);

/* "any" is among the purposes. */
bool cl_x509_any_purpose(const char *purposes);

/* Whether the certificate's extended key usage allows one of the purposes; `absent`: what a
 * certificate without the extension is worth. */
bool cl_x509_allows(X509 *cert, const char *purposes, bool absent);

#endif
