/* The public calls on keys: each takes a context, does its work in the layer below, and binds the
 * key it makes to that context. */
#include "key.h"

#include "../alg/alg.h"
#include "../alg/bytes.h"
#include "../alg/ctx.h"
#include "../base/error.h"
#include "../wire/namelist.h"
#include "fingerprint.h"
#include "randomart.h"
#include "public_text.h"
#include "sign_sk.h"

#include <openssl/evp.h>

cleat_status cleat_key_from_blob(cleat_key **out, cleat_ctx *ctx, cleat_slice blob,
                                 cleat_error *error)
{
    cleat_status st = cl_key_from_blob(cl_ctx_env(ctx), blob, out, error);
    return cl_key_adopt(out, ctx, NULL, st, error);
}

cleat_status cleat_key_from_signer(cleat_key **out, cleat_ctx *ctx, cleat_slice blob,
                                   const char *comment, const cleat_signer *signer,
                                   cleat_error *error)
{
    *out = NULL;
    if (signer->struct_size != sizeof *signer || !signer->sign)
        return cl_fail(error, CLEAT_E_BAD_CALL, "the signer is not filled in");
    cleat_status st = cleat_key_from_blob(out, ctx, blob, error);
    if (st == CLEAT_OK)
        st = cl_key_set_comment(*out, cleat_slice_of(comment));
    if (st == CLEAT_OK) {
        (*out)->signer = *signer;
        return st;
    }
    cleat_key_unref(*out);
    *out = NULL;
    return st;
}

static const cl_key_type *type_to_generate(const char *family, unsigned bits)
{
    const cl_key_type *t;
    for (size_t i = 0; (t = cl_key_type_at(i)) != NULL; i++) {
        if (cl_slice_is(cleat_slice_of(family), t->name))
            return t;
        bool fits = bits ? t->bits == bits || t->bits == 0 : t->default_bits != 0;
        if (fits && cl_slice_is(cleat_slice_of(family), t->family))
            return t;
    }
    return NULL;
}

static cleat_status cannot_generate(const char *family, unsigned bits, cleat_error *error)
{
    const cl_key_type *t;
    for (size_t i = 0; (t = cl_key_type_at(i)) != NULL; i++) {
        if (cl_slice_is(cleat_slice_of(family), t->family))
            return cl_fail(error, CLEAT_E_BAD_CALL, "there are no %s keys of %u bits", family,
                           bits);
    }
    return cl_fail(error, CLEAT_E_UNSUPPORTED, "key type \"%s\" is not supported", family);
}

static cleat_status never_generated(const cl_key_type *type, cleat_error *error)
{
    if (type->retired)
        return cl_fail(error, CLEAT_E_UNSUPPORTED, "%s keys are too weak to be made", type->label);
    return cl_fail(error, CLEAT_E_UNSUPPORTED, "%s keys are made by the device that keeps them",
                   type->label);
}

cleat_status cleat_key_generate(cleat_key **out, cleat_ctx *ctx, const char *family, unsigned bits,
                                const char *comment, cleat_error *error)
{
    *out = NULL;
    const cl_env *env = cl_ctx_env(ctx);
    const cl_key_type *type = type_to_generate(family, bits);
    if (!type || (type->bits && bits && bits != type->bits))
        return cannot_generate(type ? type->family : family, bits, error);
    if (!type->generate)
        return never_generated(type, error);
    EVP_PKEY *pkey = NULL;
    cleat_status st = type->generate(type, env, bits ? bits : type->default_bits, &pkey, error);
    if (st == CLEAT_OK)
        st = cl_key_new(env, type, pkey, true, out, error);
    st = cl_key_adopt(out, ctx, NULL, st, error);
    if (st == CLEAT_OK)
        st = cl_key_set_comment(*out, cleat_slice_of(comment));
    if (st != CLEAT_OK) {
        cleat_key_unref(*out);
        *out = NULL;
    }
    return st;
}

cleat_status cleat_key_with_comment(cleat_key **out, const cleat_key *key, const char *comment)
{
    *out = NULL;
    if (key->signer.sign)
        return CLEAT_E_BAD_CALL;
    cleat_status st = cl_key_copy(key, out);
    st = cl_key_adopt(out, key->ctx, key->origin, st, NULL);
    if (st == CLEAT_OK)
        st = cl_key_set_comment(*out, cleat_slice_of(comment));
    if (st != CLEAT_OK) {
        cleat_key_unref(*out);
        *out = NULL;
    }
    return st;
}

cleat_status cleat_key_write_public(const cleat_key *key, cleat_bytes *out)
{
    cl_buf line = CL_BUF(key->env->mem);
    cl_key_put_text(key, &line);
    cl_buf_add_byte(&line, '\n');
    return cl_bytes_from_buf(out, key->ctx, &line);
}

cleat_slice cleat_key_blob(const cleat_key *key)
{
    return cl_buf_slice(&key->blob);
}

const char *cleat_key_type(const cleat_key *key)
{
    return key->type->name;
}

const char *cleat_key_label(const cleat_key *key)
{
    return key->type->label;
}

unsigned cleat_key_bits(const cleat_key *key)
{
    return key->type->bits ? key->type->bits : (unsigned)EVP_PKEY_get_bits(key->pkey);
}

const char *cleat_key_comment(const cleat_key *key)
{
    return key->comment;
}

const char *cleat_key_origin(const cleat_key *key)
{
    return key->origin;
}

bool cleat_key_has_private(const cleat_key *key)
{
    return key->has_private;
}

bool cleat_key_can_sign(const cleat_key *key)
{
    return key->has_private || key->signer.sign;
}

bool cleat_key_security(const cleat_key *key, cleat_security_key *out)
{
    if (key->type->security_key && out)
        *out = (cleat_security_key){
            .application = (const char *)key->sk.application.data,
            .handle = cl_buf_slice(&key->sk.handle),
            .flags = key->sk.flags,
        };
    return key->type->security_key;
}

bool cleat_key_equal(const cleat_key *a, const cleat_key *b)
{
    return a == b || cleat_slice_equal(cleat_key_blob(a), cleat_key_blob(b));
}

cleat_status cleat_key_check(const cleat_key *key, unsigned rsa_min_bits, cleat_error *error)
{
    return cl_key_check(key, rsa_min_bits, error);
}

cleat_status cleat_key_fingerprint(const cleat_key *key, cleat_fingerprint_hash hash,
                                   char out[CLEAT_FINGERPRINT_MAX])
{
    return cl_fingerprint(key->env, cleat_key_blob(key), hash, out);
}

cleat_status cleat_key_randomart(const cleat_key *key, cleat_fingerprint_hash hash,
                                 char out[CLEAT_RANDOMART_MAX])
{
    return cl_randomart(key, hash, out);
}

cleat_status cleat_blob_fingerprint(cleat_ctx *ctx, cleat_slice blob, cleat_fingerprint_hash hash,
                                    char out[CLEAT_FINGERPRINT_MAX])
{
    return cl_fingerprint(cl_ctx_env(ctx), blob, hash, out);
}

static const cl_sig_alg *nth_algorithm(const cl_key_type *type, size_t n)
{
    const cl_sig_alg *a;
    for (size_t i = 0; (a = cl_sig_alg_at(i)) != NULL; i++) {
        if (a->key_type == type && cl_sig_alg_name(a, CL_FORM_PLAIN) && n-- == 0)
            return a;
    }
    return NULL;
}

const char *cleat_key_algorithm(const cleat_key *key, size_t i)
{
    const cl_sig_alg *a = nth_algorithm(key->type, i);
    return a ? a->name : NULL;
}

static bool allows(const char *list, const cl_sig_alg *a)
{
    if (!list)
        return !(a->flags & CL_ALG_LEGACY);
    return cl_namelist_has(cleat_slice_of(list), cleat_slice_of(a->name));
}

const char *cleat_key_pick_algorithm(const cleat_key *key, const char *ours, const char *theirs)
{
    const cl_sig_alg *a;
    /* A server that announces nothing may be from before SHA-2: whoever names ssh-rsa means it. */
    cleat_slice plain = cleat_slice_of(key->type->name);
    if (ours && !theirs && cl_namelist_has(cleat_slice_of(ours), plain))
        return key->type->name;
    for (size_t i = 0; (a = nth_algorithm(key->type, i)) != NULL; i++) {
        if (allows(ours, a) && allows(theirs, a))
            return a->name;
    }
    return NULL;
}

const char *cleat_algorithm_key_type(const char *algorithm)
{
    cl_key_form form;
    const cl_sig_alg *a = cl_sig_alg_find_form(cleat_slice_of(algorithm), &form);
    return a ? a->key_type->name : NULL;
}

static cleat_status unknown_algorithm(const char *name, cleat_error *error)
{
    return cl_fail(error, CLEAT_E_BAD_CALL, "signature algorithm \"%.64s\" is not known", name);
}

cleat_status cleat_key_sign(const cleat_key *key, const char *algorithm, cleat_slice message,
                            cleat_bytes *signature, cleat_error *error)
{
    *signature = (cleat_bytes){0};
    const cl_sig_alg *a = cl_sig_alg_of_signature(cleat_slice_of(algorithm));
    if (key->type->retired)
        return cl_key_check(key, 0, error);
    if (!a)
        return unknown_algorithm(algorithm, error);
    cl_buf blob = CL_BUF(key->env->mem);
    cleat_status st = cl_key_sign(key, a, message, &blob, error);
    if (st == CLEAT_OK)
        return cl_bytes_from_buf(signature, key->ctx, &blob);
    cl_buf_free(&blob);
    return st;
}

static cleat_status sign_here(const cleat_key *key, const cleat_sign_request *request,
                              cleat_sign_done done, void *done_user, cleat_error *error)
{
    cleat_bytes signature;
    cleat_status st = cleat_key_sign(key, request->algorithm, request->message, &signature, error);
    if (st == CLEAT_OK)
        done(done_user, CLEAT_OK, cl_slice(signature.data, signature.len), NULL);
    cleat_bytes_free(&signature);
    return st;
}

cleat_status cleat_key_sign_start(const cleat_key *key, const cleat_sign_request *request,
                                  cleat_sign_done done, void *done_user, cleat_error *error)
{
    if (key->has_private)
        return sign_here(key, request, done, done_user, error);
    if (!key->signer.sign)
        return cl_fail(error, CLEAT_E_BAD_CALL, "neither a private part nor a signer is here");
    cleat_sign_request complete = *request;
    complete.key_blob = cleat_key_blob(key);
    return key->signer.sign(key->signer.user, &complete, done, done_user, error);
}

void cleat_key_sign_cancel(const cleat_key *key, void *done_user)
{
    if (key->signer.cancel)
        key->signer.cancel(key->signer.user, done_user);
}

cleat_status cleat_key_verify(const cleat_key *key, const char *algorithm, cleat_slice message,
                              cleat_slice signature, cleat_error *error)
{
    const cl_sig_alg *a = cl_sig_alg_of_signature(cleat_slice_of(algorithm));
    if (key->type->retired)
        return cl_key_check(key, 0, error);
    if (!a)
        return unknown_algorithm(algorithm, error);
    return cl_key_verify(key, a, message, signature, error);
}

bool cleat_signature_attests(cleat_slice signature, cleat_attestation *out)
{
    cl_reader r = cl_reader_of(signature);
    const cl_sig_alg *a = cl_sig_alg_find(cl_get_string(&r));
    *out = (cleat_attestation){0};
    cl_get_string(&r);
    return a && a->device_message && cl_sk_read_attestation(&r, out);
}
