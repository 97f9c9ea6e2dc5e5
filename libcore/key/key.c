/* The key object: life, blobs, signing and verifying by row. */
#include "key.h"

#include "../alg/ctx.h"
#include "../base/alloc.h"
#include "../base/error.h"
#include "../wire/writer.h"

#include <openssl/err.h>
#include <openssl/evp.h>

cleat_key *cleat_key_ref(cleat_key *key)
{
    if (key)
        atomic_fetch_add_explicit(&key->refs, 1, memory_order_relaxed);
    return key;
}

void cleat_key_unref(cleat_key *key)
{
    if (!key || atomic_fetch_sub_explicit(&key->refs, 1, memory_order_acq_rel) > 1)
        return;
    if (key->signer.release)
        key->signer.release(key->signer.user);
    cl_prepared_free(key->prepared, key->env->mem);
    EVP_PKEY_free(key->pkey);
    cl_sk_free(&key->sk);
    cl_buf_free(&key->blob);
    const cleat_allocator *mem = key->env->mem;
    cleat_ctx *ctx = key->ctx;
    cl_alloc_free(mem, key->comment);
    cl_alloc_free(mem, key->origin);
    cl_alloc_free(mem, key);
    cleat_ctx_unref(ctx);
}

static cleat_status set_text(const cl_env *env, char **at, cleat_slice text)
{
    char *copy = cl_alloc_text(env->mem, text);
    if (!copy)
        return CLEAT_E_NOMEM;
    cl_alloc_free(env->mem, *at);
    *at = copy;
    return CLEAT_OK;
}

cleat_status cl_key_set_comment(cleat_key *key, cleat_slice comment)
{
    return set_text(key->env, &key->comment, comment);
}

cleat_status cl_key_set_origin(cleat_key *key, cleat_slice origin)
{
    return set_text(key->env, &key->origin, origin);
}

static cleat_status fill_in(cleat_key *key, cleat_error *err)
{
    cl_put_cstring(&key->blob, key->type->name);
    cleat_status st = cl_key_write_public_fields(key, &key->blob);
    if (st == CLEAT_OK)
        st = cl_key_set_comment(key, CL_SLICE_EMPTY);
    if (st == CLEAT_OK)
        st = cl_key_set_origin(key, CL_SLICE_EMPTY);
    return st == CLEAT_OK ? st
                          : cl_fail(err, st, "%s key: %s", key->type->name, cleat_status_text(st));
}

/* A key without its fields; NULL without memory. */
static cleat_key *begin(const cl_env *env, const cl_key_type *type)
{
    cleat_key *key = cl_alloc_zero(env->mem, sizeof *key);
    if (!key)
        return NULL;
    key->prepared = cl_prepared_new(env->mem);
    if (!key->prepared) {
        cl_alloc_free(env->mem, key);
        return NULL;
    }
    atomic_init(&key->refs, 1);
    key->env = env;
    key->type = type;
    key->blob = CL_BUF(env->mem);
    cl_sk_init(&key->sk, env->mem);
    return key;
}

/* st: what became of reading its fields. */
static cleat_status end(cleat_key *key, cleat_status st, cleat_key **out, cleat_error *err)
{
    if (st == CLEAT_OK)
        st = fill_in(key, err);
    if (st == CLEAT_OK)
        *out = key;
    else
        cleat_key_unref(key);
    return st;
}

cleat_status cl_key_new(const cl_env *env, const cl_key_type *type, EVP_PKEY *pkey,
                        bool has_private, cleat_key **out, cleat_error *err)
{
    *out = NULL;
    cleat_key *key = begin(env, type);
    if (!key) {
        EVP_PKEY_free(pkey);
        return cl_fail(err, CLEAT_E_NOMEM, "out of memory");
    }
    key->pkey = pkey;
    key->has_private = has_private;
    return end(key, CLEAT_OK, out, err);
}

cleat_status cl_key_copy(const cleat_key *key, cleat_key **out)
{
    *out = NULL;
    if (!EVP_PKEY_up_ref(key->pkey))
        return CLEAT_E_CRYPTO;
    cleat_key *copy = begin(key->env, key->type);
    if (!copy) {
        EVP_PKEY_free(key->pkey);
        return CLEAT_E_NOMEM;
    }
    copy->pkey = key->pkey;
    copy->has_private = key->has_private;
    return end(copy, cl_sk_copy(&copy->sk, &key->sk), out, NULL);
}

cleat_status cl_key_fail_at(cleat_error *err, cleat_status st, const char *origin,
                            const cleat_error *why)
{
    unsigned long lib_error = why->lib_error;
    cl_fail(err, st, "%.240s%s%.260s", origin ? origin : "", origin ? ": " : "", why->text);
    if (err)
        err->lib_error = lib_error;
    return st;
}

cleat_status cl_key_adopt(cleat_key **key, cleat_ctx *ctx, const char *origin, cleat_status st,
                          cleat_error *err)
{
    cleat_error why = {0};
    if (err)
        why = *err;
    if (st != CLEAT_OK)
        return cl_key_fail_at(err, st, origin, &why);
    (*key)->ctx = cleat_ctx_ref(ctx);
    if (!origin || cl_key_set_origin(*key, cleat_slice_of(origin)) == CLEAT_OK)
        return CLEAT_OK;
    cleat_key_unref(*key);
    *key = NULL;
    return cl_fail(err, CLEAT_E_NOMEM, "out of memory");
}

/* Takes the type name off r. A key type from a file or a peer may hold anything. */
static cleat_status read_type(cl_reader *r, const cl_key_type **type, cleat_error *err)
{
    cleat_slice name = cl_get_string(r);
    if (r->fault != CLEAT_OK)
        return cl_fail(err, CLEAT_E_KEY_FORMAT, "the key ends before its type name does");
    *type = cl_key_type_find(name);
    if (*type)
        return CLEAT_OK;
    return cl_fail(err, CLEAT_E_UNSUPPORTED, "key type \"%.*s\" is not supported",
                   (int)(name.len < 64 ? name.len : 64), (const char *)name.data);
}

cleat_status cl_key_read_public_fields(const cl_env *env, const cl_key_type *type, cl_reader *r,
                                       cleat_key **out, cleat_error *err)
{
    *out = NULL;
    cleat_key *key = begin(env, type);
    if (!key)
        return cl_fail(err, CLEAT_E_NOMEM, "out of memory");
    cleat_status st = type->read_public(type, env, r, &key->pkey, err);
    if (st == CLEAT_OK && type->security_key)
        st = cl_sk_read_public(&key->sk, r, err);
    return end(key, st, out, err);
}

cleat_status cl_key_write_public_fields(const cleat_key *key, cl_buf *out)
{
    cleat_status st = key->type->write_public(key->type, key->pkey, out);
    if (st == CLEAT_OK && key->type->security_key)
        cl_sk_put_public(&key->sk, out);
    return st == CLEAT_OK ? out->status : st;
}

cleat_status cl_key_from_blob(const cl_env *env, cleat_slice blob, cleat_key **out,
                              cleat_error *err)
{
    *out = NULL;
    const cl_key_type *type = NULL;
    cl_reader r = cl_reader_of(blob);
    cleat_status st = read_type(&r, &type, err);
    if (st == CLEAT_OK)
        st = cl_key_read_public_fields(env, type, &r, out, err);
    if (st != CLEAT_OK || cl_reader_done(&r) == CLEAT_OK)
        return st;
    cleat_key_unref(*out);
    *out = NULL;
    return cl_fail(err, CLEAT_E_KEY_FORMAT, "%s key: expected the end at offset %zu", type->name,
                   blob.len - r.left);
}

cleat_status cl_key_read_private_fields(const cl_env *env, cl_reader *r, cleat_key **out,
                                        cleat_error *err)
{
    *out = NULL;
    const cl_key_type *type = NULL;
    cleat_status st = read_type(r, &type, err);
    if (st != CLEAT_OK)
        return st;
    cleat_key *key = begin(env, type);
    if (!key)
        return cl_fail(err, CLEAT_E_NOMEM, "out of memory");
    key->has_private = !type->security_key;
    st = type->read_private(type, env, r, &key->pkey, err);
    if (st == CLEAT_OK && type->security_key)
        st = cl_sk_read_private(&key->sk, r, err);
    return end(key, st, out, err);
}

bool cl_key_has_private_fields(const cleat_key *key)
{
    return key->has_private || key->sk.handle.len;
}

cleat_status cl_key_write_private_fields(const cleat_key *key, cl_buf *out)
{
    if (!cl_key_has_private_fields(key))
        return CLEAT_E_BAD_CALL;
    cl_put_cstring(out, key->type->name);
    cleat_status st = key->type->write_private(key->type, key->pkey, out);
    if (st == CLEAT_OK && key->type->security_key)
        cl_sk_put_private(&key->sk, out);
    return st == CLEAT_OK ? out->status : st;
}

static cleat_status retired(const cl_key_type *t, cleat_status st, cleat_error *err)
{
    return cl_fail(err, st, "%s keys are too weak to be used: they are only read and converted",
                   t->label);
}

cleat_status cl_key_check(const cleat_key *key, unsigned rsa_min_bits, cleat_error *err)
{
    unsigned least = rsa_min_bits ? rsa_min_bits : CL_RSA_BITS_DEFAULT_MIN;
    unsigned bits = cleat_key_bits(key);
    if (key->type->retired)
        return retired(key->type, CLEAT_E_KEY_WEAK, err);
    if (key->type->bits || bits >= least)
        return CLEAT_OK;
    return cl_fail(err, CLEAT_E_KEY_WEAK, "the %s key has %u bits, at least %u are required",
                   key->type->label, bits, least);
}

cleat_status cl_key_sign(const cleat_key *key, const cl_sig_alg *alg, cleat_slice message,
                         cl_buf *out, cleat_error *err)
{
    if (alg->key_type != key->type)
        return cl_fail(err, CLEAT_E_BAD_CALL, "a %s key cannot sign with %s", key->type->name,
                       alg->name);
    if (!alg->sign)
        return cl_fail(err, CLEAT_E_UNSUPPORTED,
                       "only the security key itself can sign as %s, and it is not at hand",
                       key->type->name);
    if (!key->has_private)
        return cl_fail(err, CLEAT_E_BAD_CALL, "the private part of the %s key is not here",
                       key->type->name);
    size_t start = out->len;
    cl_put_cstring(out, alg->name);
    size_t mark = cl_put_begin(out);
    cleat_status st = out->status;
    if (st == CLEAT_OK)
        st = alg->sign(alg, key, message, out);
    if (st == CLEAT_OK)
        st = out->status;
    if (st == CLEAT_OK) {
        cl_put_end(out, mark);
        return CLEAT_OK;
    }
    cl_buf_truncate(out, start);
    if (st == CLEAT_E_CRYPTO)
        return cl_fail_crypto(err, alg->name);
    return cl_fail(err, st, "signing with %s: %s", alg->name, cleat_status_text(st));
}

/* What stands behind the content must be what a security key puts there, and nothing without one.
 */
static cleat_status verify_content(const cleat_key *key, const cl_sig_alg *alg, cleat_slice message,
                                   cleat_slice content, cl_reader *behind)
{
    cl_buf wrapped = CL_BUF(key->env->mem);
    cleat_status st = CLEAT_OK;
    if (alg->device_message) {
        st = alg->device_message(key, message, behind, &wrapped);
        message = cl_buf_slice(&wrapped);
    }
    if (st == CLEAT_OK && cl_reader_done(behind) != CLEAT_OK)
        st = CLEAT_E_SIGNATURE;
    if (st == CLEAT_OK)
        st = alg->verify(alg, key, message, content);
    cl_buf_free(&wrapped);
    return st;
}

cleat_status cl_key_verify(const cleat_key *key, const cl_sig_alg *alg, cleat_slice message,
                           cleat_slice signature, cleat_error *err)
{
    if (alg->key_type != key->type)
        return cl_fail(err, CLEAT_E_SIGNATURE, "%s is not an algorithm of %s keys", alg->name,
                       key->type->name);
    cl_reader r = cl_reader_of(signature);
    cleat_slice name = cl_get_string(&r);
    cleat_slice content = cl_get_string(&r);
    if (r.fault != CLEAT_OK)
        return cl_fail(err, CLEAT_E_SIGNATURE, "the signature is malformed");
    if (!cl_slice_is(name, alg->name))
        return cl_fail(err, CLEAT_E_SIGNATURE, "the signature is not made with %s", alg->name);
    cleat_status st = verify_content(key, alg, message, content, &r);
    return st == CLEAT_OK ? st : cl_fail(err, st, "%s: %s", alg->name, cleat_status_text(st));
}
