/* Authorities that are trusted, and what they have revoked. */
#include "store.h"

#include "../alg/ctx.h"
#include "../base/alloc.h"
#include "../base/error.h"
#include "file.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <openssl/x509_vfy.h>

cleat_status cleat_x509_store_new(cleat_x509_store **out, cleat_ctx *ctx)
{
    const cl_env *env = cl_ctx_env(ctx);
    cleat_x509_store *s = cl_alloc_zero(env->mem, sizeof *s);
    *out = NULL;
    if (!s)
        return CLEAT_E_NOMEM;
    atomic_init(&s->refs, 1);
    s->env = env;
    s->ctx = cleat_ctx_ref(ctx);
    s->trusted = X509_STORE_new();
    if (s->trusted) {
        *out = s;
        return CLEAT_OK;
    }
    cleat_x509_store_unref(s);
    ERR_clear_error();
    return CLEAT_E_NOMEM;
}

cleat_x509_store *cleat_x509_store_ref(cleat_x509_store *store)
{
    atomic_fetch_add_explicit(&store->refs, 1, memory_order_relaxed);
    return store;
}

void cleat_x509_store_unref(cleat_x509_store *store)
{
    if (!store || atomic_fetch_sub_explicit(&store->refs, 1, memory_order_acq_rel) > 1)
        return;
    cleat_ctx *ctx = store->ctx;
    X509_STORE_free(store->trusted);
    cl_alloc_free(store->env->mem, store);
    cleat_ctx_unref(ctx);
}

static cleat_status add_authority(void *user, cleat_slice der, cleat_error *err)
{
    cleat_x509_store *s = user;
    X509 *cert = der.len <= CLEAT_X509_PART_MAX ? cl_x509_parse(s->env, der) : NULL;
    if (!cert)
        return cl_fail(err, CLEAT_E_KEY_FORMAT, "this is no X.509 certificate, or too long");
    bool added = X509_STORE_add_cert(s->trusted, cert) == 1;
    X509_free(cert);
    return added ? CLEAT_OK : cl_fail_crypto(err, "adding a certificate");
}

static X509_CRL *parse_crl(const cl_env *env, cleat_slice der)
{
    X509_CRL *crl = X509_CRL_new_ex(env->lib, NULL);
    const unsigned char *at = der.data;
    if (crl && d2i_X509_CRL(&crl, &at, (long)der.len) && at == der.data + der.len)
        return crl;
    X509_CRL_free(crl);
    ERR_clear_error();
    return NULL;
}

/* OpenSSL passes over lists for other issuers' certificates and for some reasons, and takes a list
 * of changes for a whole one: what they revoke would be good. NULL for a plain list. */
static const char *unusual(X509_CRL *crl)
{
    int found = 0;
    if (X509_CRL_get_ext_by_NID(crl, NID_delta_crl, -1) >= 0)
        return "this revocation list holds changes only (a delta CRL): give the whole one";
    ISSUING_DIST_POINT *scope =
        X509_CRL_get_ext_d2i(crl, NID_issuing_distribution_point, &found, NULL);
    bool partial = scope ? scope->indirectCRL > 0 || scope->onlysomereasons : found != -1;
    ISSUING_DIST_POINT_free(scope);
    ERR_clear_error();
    return partial ? "this revocation list is for some reasons only, or for several issuers: it "
                     "cannot be used"
                   : NULL;
}

static cleat_status add_list(void *user, cleat_slice der, cleat_error *err)
{
    cleat_x509_store *s = user;
    X509_CRL *crl = parse_crl(s->env, der);
    if (!crl)
        return cl_fail(err, CLEAT_E_KEY_FORMAT, "this is no revocation list of X.509");
    const char *fault = unusual(crl);
    bool added = !fault && X509_STORE_add_crl(s->trusted, crl) == 1;
    X509_CRL_free(crl);
    if (fault)
        return cl_fail(err, CLEAT_E_UNSUPPORTED, "%s", fault);
    return added ? CLEAT_OK : cl_fail_crypto(err, "adding a revocation list");
}

cleat_status cleat_x509_store_add(cleat_x509_store *store, cleat_slice file, cleat_error *error)
{
    return cl_x509_each(store->env, file, "CERTIFICATE", add_authority, store, error);
}

cleat_status cleat_x509_store_add_crl(cleat_x509_store *store, cleat_slice file, cleat_error *error)
{
    return cl_x509_each(store->env, file, "CRL", add_list, store, error);
}
