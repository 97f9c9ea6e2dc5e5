/* Making certificates. */
#include "../alg/bytes.h"
#include "../alg/ctx.h"
#include "../base/base64.h"
#include "../base/error.h"
#include "../wire/writer.h"
#include "cert_openssh.h"

enum { NONCE_LEN = 32 };

static const cleat_cert_option *after(const cleat_cert_option *options, size_t count,
                                      const char *name)
{
    const cleat_cert_option *next = NULL;
    for (size_t i = 0; i < count; i++) {
        if (name && strcmp(options[i].name, name) <= 0)
            continue;
        if (!next || strcmp(options[i].name, next->name) < 0)
            next = &options[i];
    }
    return next;
}

/* In the order of their names. False where a name is there twice. */
static bool put_options(cl_buf *b, const cleat_cert_option *options, size_t count)
{
    size_t done = 0;
    size_t list = cl_put_begin(b);
    const cleat_cert_option *o = after(options, count, NULL);
    for (; o; o = after(options, count, o->name)) {
        cl_put_cstring(b, o->name);
        size_t data = cl_put_begin(b);
        if (o->value.len)
            cl_put_string(b, o->value);
        cl_put_end(b, data);
        done++;
    }
    cl_put_end(b, list);
    return done == count;
}

static void put_principals(cl_buf *b, const cleat_cert_facts *f)
{
    size_t list = cl_put_begin(b);
    for (size_t i = 0; i < f->principal_count; i++)
        cl_put_cstring(b, f->principals[i]);
    cl_put_end(b, list);
}

static bool put_facts(cl_buf *b, const cleat_cert_facts *f)
{
    cl_put_u64(b, f->serial);
    cl_put_u32(b, (uint32_t)f->kind);
    cl_put_cstring(b, f->key_id);
    put_principals(b, f);
    cl_put_u64(b, f->valid_after);
    cl_put_u64(b, f->valid_before);
    bool good = put_options(b, f->critical, f->critical_count) &&
                put_options(b, f->extensions, f->extension_count);
    cl_put_string(b, CL_SLICE_EMPTY);
    return good;
}

/* The certified key's type, a nonce that makes the signature's input unforeseeable, its fields. */
static cleat_status put_subject(cl_buf *b, const cleat_key *key)
{
    uint8_t nonce[NONCE_LEN];
    cleat_status st = cl_random_fill(key->env, nonce, sizeof nonce);
    cl_put_cstring(b, key->type->cert_name);
    cl_put_string(b, cl_slice(nonce, sizeof nonce));
    return st == CLEAT_OK ? cl_key_write_public_fields(key, b) : st;
}

static const char *why_not(const cleat_cert_facts *f)
{
    if (f->kind != CLEAT_CERT_USER && f->kind != CLEAT_CERT_HOST)
        return "a certificate is for a user or a host";
    if (f->valid_after >= f->valid_before)
        return "a certificate must not end before it begins";
    if (f->principal_count > CL_CERT_PRINCIPALS_MAX || f->critical_count > CL_CERT_OPTIONS_MAX ||
        f->extension_count > CL_CERT_OPTIONS_MAX)
        return "a certificate cannot have so many names or options";
    return f->key_id ? NULL : "a certificate needs a key id";
}

static cleat_status put_draft(cl_buf *b, const cleat_key *key, const cleat_cert_facts *facts,
                              const cleat_key *authority, cleat_error *error)
{
    const char *why = why_not(facts);
    if (!key->type->cert_name)
        return cl_fail(error, CLEAT_E_UNSUPPORTED, "there are no certificates for %s keys",
                       key->type->name);
    if (why)
        return cl_fail(error, CLEAT_E_BAD_CALL, "%s", why);
    cleat_status st = put_subject(b, key);
    if (st == CLEAT_OK && !put_facts(b, facts))
        st = cl_fail(error, CLEAT_E_BAD_CALL, "an option is there twice");
    cl_put_string(b, cleat_key_blob(authority));
    return st == CLEAT_OK ? b->status : st;
}

static cleat_status sign(cl_buf *signature, const cleat_key *authority, const char *algorithm,
                         cleat_slice draft, cleat_error *error)
{
    const char *name = algorithm ? algorithm : cleat_key_algorithm(authority, 0);
    if (!name)
        return cl_key_check(authority, 0, error); /* a retired type has no algorithm */
    const cl_sig_alg *alg = cl_sig_alg_find(cleat_slice_of(name));
    if (!alg)
        return cl_fail(error, CLEAT_E_BAD_CALL, "signature algorithm \"%.64s\" is not known", name);
    return cl_key_sign(authority, alg, draft, signature, error);
}

cleat_status cleat_cert_issue(cleat_cert **out, const cleat_key *key, const cleat_cert_facts *facts,
                              const cleat_key *authority, const char *algorithm, cleat_error *error)
{
    *out = NULL;
    cl_buf draft = CL_BUF(key->env->mem);
    cl_buf signature = CL_BUF(key->env->mem);
    cleat_status st = put_draft(&draft, key, facts, authority, error);
    if (st == CLEAT_OK)
        st = sign(&signature, authority, algorithm, cl_buf_slice(&draft), error);
    if (st == CLEAT_OK)
        st = cleat_cert_complete(out, key->ctx, cl_buf_slice(&draft), cl_buf_slice(&signature),
                                 error);
    cl_buf_free(&signature);
    cl_buf_free(&draft);
    return st;
}

cleat_status cleat_cert_draft(cleat_bytes *out, const cleat_key *key, const cleat_cert_facts *facts,
                              const cleat_key *authority, cleat_error *error)
{
    *out = (cleat_bytes){0};
    cl_buf draft = CL_BUF(key->env->mem);
    cleat_status st = put_draft(&draft, key, facts, authority, error);
    if (st == CLEAT_OK)
        return cl_bytes_from_buf(out, key->ctx, &draft);
    cl_buf_free(&draft);
    return st;
}

cleat_status cleat_cert_complete(cleat_cert **out, cleat_ctx *ctx, cleat_slice draft,
                                 cleat_slice signature, cleat_error *error)
{
    *out = NULL;
    cl_buf b = CL_BUF(cl_ctx_env(ctx)->mem);
    cl_buf_add_slice(&b, draft);
    cl_put_string(&b, signature);
    cleat_status st = b.status;
    if (st == CLEAT_OK)
        st = cleat_cert_from_blob(out, ctx, cl_buf_slice(&b), error);
    cl_buf_free(&b);
    return st;
}

cleat_status cleat_cert_write(const cleat_cert *cert, const char *comment, cleat_bytes *out)
{
    cl_buf line = CL_BUF(cert->env->mem);
    cl_buf_printf(&line, "%s ", cert->type);
    cl_base64_encode(&line, cl_buf_slice(&cert->blob), true);
    if (comment && *comment)
        cl_buf_printf(&line, " %s", comment);
    cl_buf_add_byte(&line, '\n');
    return cl_bytes_from_buf(out, cert->ctx, &line);
}
