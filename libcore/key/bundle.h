/* Several things in one file: keys, and certificates of both kinds, in the file's order. */
#ifndef CL_KEY_BUNDLE_H
#define CL_KEY_BUNDLE_H

#include "../base/arena.h"
#include "key.h"

#include <cleat/cert.h>

/* A file has no more than this; what it takes to decrypt them all is bounded besides. */
enum { CL_BUNDLE_MAX = 128 };

#define CL_X509_LABEL "CERTIFICATE"

struct cleat_key_bundle {
    const cl_env *env;
    cleat_ctx *ctx;
    cl_arena arena; /* the certificates' DER */
    cleat_key_item items[CL_BUNDLE_MAX];
    size_t count;
};

/* One item more; the key or certificate is taken, also on failure. */
CLEAT_MUST_USE cleat_status cl_bundle_add(cleat_key_bundle *b, const cleat_key_item *item,
                                          cleat_error *err);

/* An X.509 certificate; the DER is copied. */
CLEAT_MUST_USE cleat_status cl_bundle_add_x509(cleat_key_bundle *b, cleat_slice der,
                                               cleat_key_format format, size_t line,
                                               cleat_error *err);

/* An empty one that stays inside the library; cleat_key_bundle_free frees it. NULL without memory.
 */
cleat_key_bundle *cl_bundle_new(const cl_env *env);

/* Forgets the items. */
void cl_bundle_clear(cleat_key_bundle *b);

/* The first key of a kind of file that is read as a bundle: of PKCS#12. */
CLEAT_MUST_USE cleat_status cl_bundle_first_of_pkcs12(const cl_env *env, cleat_slice file,
                                                      cleat_slice passphrase, cleat_key **out,
                                                      cleat_error *err);

#endif
