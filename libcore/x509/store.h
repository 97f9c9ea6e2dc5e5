/* Authorities that are trusted, within the library. */
#ifndef CL_X509_STORE_H
#define CL_X509_STORE_H

#include "chain.h"

struct cleat_x509_store {
    atomic_uint refs;
    const cl_env *env;
    cleat_ctx *ctx;
    X509_STORE *trusted; /* certificates and revocation lists */
};

#endif
