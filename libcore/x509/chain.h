/* Chains of X.509 certificates within the library. */
#ifndef CL_X509_CHAIN_H
#define CL_X509_CHAIN_H

#include "../base/arena.h"
#include "../key/key.h"

#include <cleat/x509.h>

struct cleat_x509 {
    atomic_uint refs;
    const cl_env *env;
    cleat_ctx *ctx; /* keeps env alive; NULL for one that stays inside the library */
    cl_buf parts;   /* the blob behind the algorithm's name, byte for byte */
    X509 *certs[CLEAT_X509_CHAIN_MAX];
    cleat_slice der[CLEAT_X509_CHAIN_MAX]; /* of each; views of parts */
    size_t cert_count;
    cleat_slice responses[CLEAT_X509_CHAIN_MAX]; /* the same */
    size_t response_count;
    cleat_key *key;
    cl_arena arena; /* what facts point at */
    cleat_x509_facts facts;
};

/* The blob must hold one chain and nothing after it. */
CLEAT_MUST_USE cleat_status cl_x509_from_blob(const cl_env *env, cleat_slice blob, cleat_x509 **out,
                                              cleat_error *err);

/* The certified key can be used with this algorithm, shown in X.509 certificates. */
bool cl_x509_serves(const cleat_x509 *chain, const cl_sig_alg *alg);

/* Appends the blob; algorithm is a name that the chain serves. */
void cl_x509_put(const cleat_x509 *chain, const char *algorithm, cl_buf *out);

/* A chain of these, the key's own certificate first. */
CLEAT_MUST_USE cleat_status cl_x509_join(const cl_env *env, X509 *const *certs, size_t count,
                                         const cleat_slice *responses, size_t response_count,
                                         cleat_x509 **out, cleat_error *err);

/* Lets the chain keep its context alive. */
void cl_x509_adopt(cleat_x509 *chain, cleat_ctx *ctx);

/* The key that a certificate is about. */
CLEAT_MUST_USE cleat_status cl_x509_key_of(const cl_env *env, X509 *cert, cleat_key **key,
                                           cleat_error *err);

/* One certificate in DER and nothing after it, or NULL. */
X509 *cl_x509_parse(const cl_env *env, cleat_slice der);

#endif
