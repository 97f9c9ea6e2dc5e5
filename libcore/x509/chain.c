/* Chains of certificates: reading and writing the blob (RFC 6187 §2.1). */
#include "chain.h"

#include "../alg/alg.h"
#include "../alg/bytes.h"
#include "../alg/ctx.h"
#include "../base/alloc.h"
#include "../base/error.h"
#include "../key/file_spki.h"
#include "../wire/namelist.h"
#include "../wire/writer.h"
#include "names.h"

#include <openssl/err.h>
#include <openssl/x509.h>

cleat_x509 *cleat_x509_ref(cleat_x509 *chain)
{
    if (chain)
        atomic_fetch_add_explicit(&chain->refs, 1, memory_order_relaxed);
    return chain;
}

void cleat_x509_unref(cleat_x509 *chain)
{
    if (!chain || atomic_fetch_sub_explicit(&chain->refs, 1, memory_order_acq_rel) > 1)
        return;
    cleat_ctx *ctx = chain->ctx;
    const cleat_allocator *mem = chain->env->mem;
    for (size_t i = 0; i < chain->cert_count; i++)
        X509_free(chain->certs[i]);
    cleat_key_unref(chain->key);
    cl_arena_free(&chain->arena);
    cl_buf_free(&chain->parts);
    cl_alloc_free(mem, chain);
    cleat_ctx_unref(ctx);
}

/* ---- reading ---- */

static cleat_status malformed(cleat_error *err, const char *what)
{
    return cl_fail(err, CLEAT_E_KEY_FORMAT, "X.509 certificates: %s", what);
}

X509 *cl_x509_parse(const cl_env *env, cleat_slice der)
{
    X509 *cert = X509_new_ex(env->lib, NULL);
    const unsigned char *at = der.data;
    if (cert && d2i_X509(&cert, &at, (long)der.len) && at == der.data + der.len)
        return cert;
    X509_free(cert);
    ERR_clear_error();
    return NULL;
}

static cleat_status read_certs(cleat_x509 *c, cl_reader *r, cleat_error *err)
{
    uint32_t count = cl_get_u32(r);
    if (r->fault == CLEAT_OK && (count == 0 || count > CLEAT_X509_CHAIN_MAX))
        return malformed(err, "there are none, or too many");
    for (uint32_t i = 0; i < count && r->fault == CLEAT_OK; i++) {
        cleat_slice der = cl_get_string(r);
        if (der.len > CLEAT_X509_PART_MAX)
            return malformed(err, "one is too long");
        c->der[c->cert_count] = der;
        if (r->fault == CLEAT_OK)
            c->certs[c->cert_count] = cl_x509_parse(c->env, der);
        if (r->fault == CLEAT_OK && !c->certs[c->cert_count++])
            return malformed(err, "one cannot be read");
    }
    return r->fault;
}

/* RFC 6187 §2.1: not more responses than certificates. */
static cleat_status read_responses(cleat_x509 *c, cl_reader *r, cleat_error *err)
{
    uint32_t count = cl_get_u32(r);
    if (r->fault == CLEAT_OK && count > c->cert_count)
        return malformed(err, "there are more OCSP responses than certificates");
    for (uint32_t i = 0; i < count && r->fault == CLEAT_OK; i++) {
        c->responses[i] = cl_get_string(r);
        if (c->responses[i].len > CLEAT_X509_PART_MAX)
            return malformed(err, "an OCSP response is too long");
    }
    c->response_count = count;
    return r->fault;
}

cleat_status cl_x509_key_of(const cl_env *env, X509 *cert, cleat_key **key, cleat_error *err)
{
    unsigned char *der = NULL;
    int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);
    *key = NULL;
    if (len <= 0)
        return cl_fail_crypto(err, "X.509 certificate");
    cleat_status st = cl_spki_read(env, cl_slice(der, (size_t)len), key, err);
    OPENSSL_free(der);
    return st;
}

static cleat_status read_parts(cleat_x509 *c, cleat_error *err)
{
    cl_reader r = cl_reader_of(cl_buf_slice(&c->parts));
    cleat_status st = read_certs(c, &r, err);
    if (st == CLEAT_OK)
        st = read_responses(c, &r, err);
    if (r.fault != CLEAT_OK || (st == CLEAT_OK && r.left))
        return malformed(err, "they end too early, or too late");
    if (st == CLEAT_OK)
        st = cl_x509_key_of(c->env, c->certs[0], &c->key, err);
    return st == CLEAT_OK ? cl_x509_fill_facts(c, err) : st;
}

static cleat_status new_chain(cleat_x509 **out, const cl_env *env, cleat_error *err)
{
    *out = cl_alloc_zero(env->mem, sizeof **out);
    if (!*out)
        return cl_fail(err, CLEAT_E_NOMEM, "out of memory");
    atomic_init(&(*out)->refs, 1);
    (*out)->env = env;
    (*out)->arena.mem = env->mem;
    (*out)->parts = CL_BUF(env->mem);
    return CLEAT_OK;
}

static cleat_status finish(cleat_x509 **chain, cleat_error *err)
{
    cleat_status st = (*chain)->parts.status;
    if (st == CLEAT_OK)
        st = read_parts(*chain, err);
    if (st != CLEAT_OK) {
        cleat_x509_unref(*chain);
        *chain = NULL;
    }
    return st;
}

cleat_status cl_x509_from_blob(const cl_env *env, cleat_slice blob, cleat_x509 **out,
                               cleat_error *err)
{
    cl_key_form form;
    cl_reader r = cl_reader_of(blob);
    cleat_slice name = cl_get_string(&r);
    const cl_sig_alg *alg = cl_sig_alg_find_form(name, &form);
    *out = NULL;
    if (r.fault != CLEAT_OK)
        return malformed(err, "they have no algorithm's name");
    if (!alg || form != CL_FORM_X509)
        return cl_fail(err, CLEAT_E_UNSUPPORTED,
                       "X.509 certificates: their algorithm is not known");
    cleat_status st = new_chain(out, env, err);
    if (st != CLEAT_OK)
        return st;
    cl_buf_add_slice(&(*out)->parts, cl_get_rest(&r));
    st = finish(out, err);
    if (st != CLEAT_OK || cl_x509_serves(*out, alg))
        return st;
    cleat_x509_unref(*out);
    *out = NULL;
    return malformed(err, "the key is of another type than their algorithm");
}

cleat_status cleat_x509_from_blob(cleat_x509 **out, cleat_ctx *ctx, cleat_slice blob,
                                  cleat_error *error)
{
    cleat_status st = cl_x509_from_blob(cl_ctx_env(ctx), blob, out, error);
    if (st == CLEAT_OK)
        cl_x509_adopt(*out, ctx);
    return st;
}

void cl_x509_adopt(cleat_x509 *chain, cleat_ctx *ctx)
{
    chain->ctx = cleat_ctx_ref(ctx);
    chain->key->ctx = cleat_ctx_ref(ctx);
}

/* ---- writing ---- */

static void put_part(cl_buf *out, X509 *cert, cleat_status *st)
{
    unsigned char *der = NULL;
    int len = i2d_X509(cert, &der);
    if (len > 0)
        cl_put_string(out, cl_slice(der, (size_t)len));
    else
        *st = CLEAT_E_CRYPTO;
    OPENSSL_free(der);
}

cleat_status cl_x509_join(const cl_env *env, X509 *const *certs, size_t count,
                          const cleat_slice *responses, size_t response_count, cleat_x509 **out,
                          cleat_error *err)
{
    cleat_status st = new_chain(out, env, err);
    if (st != CLEAT_OK)
        return st;
    cl_buf *parts = &(*out)->parts;
    cl_put_u32(parts, (uint32_t)count);
    for (size_t i = 0; i < count; i++)
        put_part(parts, certs[i], &st);
    cl_put_u32(parts, (uint32_t)response_count);
    for (size_t i = 0; i < response_count; i++)
        cl_put_string(parts, responses[i]);
    if (st == CLEAT_OK)
        return finish(out, err);
    cleat_x509_unref(*out);
    *out = NULL;
    return cl_fail_crypto(err, "X.509 certificate");
}

bool cl_x509_serves(const cleat_x509 *chain, const cl_sig_alg *alg)
{
    return alg->x509_name && chain->key->type == alg->key_type;
}

void cl_x509_put(const cleat_x509 *chain, const char *algorithm, cl_buf *out)
{
    cl_put_cstring(out, algorithm);
    cl_buf_add_slice(out, cl_buf_slice(&chain->parts));
}

cleat_status cleat_x509_write(const cleat_x509 *chain, const char *algorithm, cleat_bytes *out)
{
    cl_key_form form;
    const cl_sig_alg *alg = cl_sig_alg_find_form(cleat_slice_of(algorithm), &form);
    *out = (cleat_bytes){0};
    if (!alg || form != CL_FORM_X509 || !cl_x509_serves(chain, alg))
        return CLEAT_E_BAD_CALL;
    cl_buf blob = CL_BUF(chain->env->mem);
    cl_x509_put(chain, algorithm, &blob);
    return cl_bytes_from_buf(out, chain->ctx, &blob);
}

bool cleat_x509_is_blob_of(const cleat_x509 *chain, cleat_slice blob)
{
    cl_key_form form;
    cl_reader r = cl_reader_of(blob);
    const cl_sig_alg *alg = cl_sig_alg_find_form(cl_get_string(&r), &form);
    return alg && form == CL_FORM_X509 && cl_x509_serves(chain, alg) &&
           cleat_slice_equal(cl_get_rest(&r), cl_buf_slice(&chain->parts));
}

/* ---- facts ---- */

bool cleat_x509_is_name(const char *name)
{
    return cl_slice_starts(cleat_slice_of(name), CL_X509_PREFIX);
}

cleat_key *cleat_x509_key(const cleat_x509 *chain)
{
    return chain->key;
}

const cleat_x509_facts *cleat_x509_get_facts(const cleat_x509 *chain)
{
    return &chain->facts;
}

static bool has(const char *list, const cl_sig_alg *alg)
{
    return cl_namelist_has(cleat_slice_of(list), cleat_slice_of(alg->x509_name));
}

const char *cleat_x509_pick_algorithm(const cleat_x509 *chain, const char *ours, const char *theirs)
{
    const cl_sig_alg *alg;
    for (size_t i = 0; (alg = cl_sig_alg_at(i)) != NULL; i++) {
        bool wanted = ours ? has(ours, alg) : !(alg->flags & CL_ALG_LEGACY);
        if (cl_x509_serves(chain, alg) && wanted && (!theirs || has(theirs, alg)))
            return alg->x509_name;
    }
    return NULL;
}
