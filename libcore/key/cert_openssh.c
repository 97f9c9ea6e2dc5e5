/* Reading OpenSSH's certificates (PROTOCOL.certkeys), and what they say. */
#include "cert_openssh.h"

#include "../alg/alg.h"
#include "../alg/bytes.h"
#include "../alg/ctx.h"
#include "../base/alloc.h"
#include "../base/base64.h"
#include "../base/error.h"
#include "../base/pattern.h"
#include "../wire/namelist.h"
#include "../wire/writer.h"
#include "public_text.h"

cleat_cert *cleat_cert_ref(cleat_cert *cert)
{
    if (cert)
        atomic_fetch_add_explicit(&cert->refs, 1, memory_order_relaxed);
    return cert;
}

void cleat_cert_unref(cleat_cert *cert)
{
    if (!cert || atomic_fetch_sub_explicit(&cert->refs, 1, memory_order_acq_rel) > 1)
        return;
    cleat_ctx *ctx = cert->ctx;
    const cleat_allocator *mem = cert->env->mem;
    cleat_key_unref(cert->subject);
    cleat_key_unref(cert->authority);
    cl_arena_free(&cert->arena);
    cl_buf_free(&cert->blob);
    cl_alloc_free(mem, cert);
    cleat_ctx_unref(ctx);
}

/* ---- reading ---- */

static cleat_status malformed(cleat_error *err, const char *what)
{
    return cl_fail(err, CLEAT_E_KEY_FORMAT, "certificate: %s", what);
}

static size_t count_strings(cleat_slice list)
{
    cl_reader r = cl_reader_of(list);
    size_t count = 0;
    for (; r.left && r.fault == CLEAT_OK; count++)
        cl_get_string(&r);
    return r.fault == CLEAT_OK ? count : SIZE_MAX;
}

static cleat_status read_principals(cleat_cert *c, cleat_slice list, cleat_error *err)
{
    size_t count = count_strings(list);
    if (count > CL_CERT_PRINCIPALS_MAX)
        return malformed(err, "its list of names is malformed or too long");
    cl_reader r = cl_reader_of(list);
    const char **names = cl_arena_get(&c->arena, (count + 1) * sizeof *names);
    for (size_t i = 0; names && i < count; i++)
        names[i] = cl_arena_text(&c->arena, cl_get_text(&r));
    if (r.fault != CLEAT_OK)
        return malformed(err, "a name has a zero byte");
    c->facts.principals = names;
    c->facts.principal_count = count;
    return c->arena.status;
}

/* Most values are a string within the string. A copy with a zero byte behind it. */
static cleat_slice copy_value(cl_arena *arena, cleat_slice data)
{
    cl_reader r = cl_reader_of(data);
    cleat_slice value = cl_get_string(&r);
    if (cl_reader_done(&r) != CLEAT_OK)
        value = data;
    const char *copy = cl_arena_text(arena, value);
    return arena->status == CLEAT_OK ? cl_slice(copy, value.len) : CL_SLICE_EMPTY;
}

static bool has_option(const cleat_cert_option *options, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(options[i].name, name) == 0)
            return true;
    }
    return false;
}

static cleat_status read_options(cleat_cert *c, cleat_slice list, const cleat_cert_option **out,
                                 size_t *out_count, cleat_error *err)
{
    size_t strings = count_strings(list);
    if (strings > 2 * CL_CERT_OPTIONS_MAX || strings % 2)
        return malformed(err, "its options are malformed or too many");
    cl_reader r = cl_reader_of(list);
    cleat_cert_option *options = cl_arena_get(&c->arena, (strings / 2 + 1) * sizeof *options);
    for (size_t i = 0; options && i < strings / 2; i++) {
        options[i].name = cl_arena_text(&c->arena, cl_get_text(&r));
        options[i].value = copy_value(&c->arena, cl_get_string(&r));
        if (r.fault != CLEAT_OK || has_option(options, i, options[i].name))
            return malformed(err, "an option's name has a zero byte, or is there twice");
    }
    *out = options;
    *out_count = strings / 2;
    return c->arena.status;
}

static cleat_status read_facts(cleat_cert *c, cl_reader *r, cleat_error *err)
{
    cleat_cert_facts *f = &c->facts;
    f->serial = cl_get_u64(r);
    uint32_t kind = cl_get_u32(r);
    f->key_id = cl_arena_text(&c->arena, cl_get_text(r));
    cleat_slice principals = cl_get_string(r);
    f->valid_after = cl_get_u64(r);
    f->valid_before = cl_get_u64(r);
    cleat_slice critical = cl_get_string(r);
    cleat_slice extensions = cl_get_string(r);
    cl_get_string(r); /* reserved */
    if (r->fault != CLEAT_OK)
        return malformed(err, "it ends too early, or its key id has a zero byte");
    if (kind != CLEAT_CERT_USER && kind != CLEAT_CERT_HOST)
        return malformed(err, "it is neither for a user nor for a host");
    f->kind = (cleat_cert_kind)kind;
    cleat_status st = read_principals(c, principals, err);
    if (st == CLEAT_OK)
        st = read_options(c, critical, &f->critical, &f->critical_count, err);
    if (st == CLEAT_OK)
        st = read_options(c, extensions, &f->extensions, &f->extension_count, err);
    return st;
}

/* The key that is certified: its fields stand in the certificate as in its own blob. */
static cleat_status read_subject(cleat_cert *c, cl_reader *r, cleat_error *err)
{
    cleat_slice name = cl_get_string(r);
    const cl_key_type *type = cl_key_type_find_certified(name);
    if (!type)
        return cl_fail(err, CLEAT_E_UNSUPPORTED, "\"%.*s\" is no type of certificate that is known",
                       (int)(name.len < 64 ? name.len : 64), (const char *)name.data);
    c->type = cl_arena_text(&c->arena, name);
    cl_get_string(r); /* nonce */
    return cl_key_read_public_fields(c->env, type, r, &c->subject, err);
}

/* The signature is over everything before it. */
static cleat_status read_signature(cleat_cert *c, cl_reader *r, cleat_error *err)
{
    cleat_slice authority = cl_get_string(r);
    cleat_slice covered = cl_slice(c->blob.data, c->blob.len - r->left);
    cleat_slice signature = cl_get_string(r);
    cl_reader inside = cl_reader_of(signature);
    c->signed_with = cl_sig_alg_find(cl_get_string(&inside));
    if (cl_reader_done(r) != CLEAT_OK)
        return malformed(err, "it does not end behind its signature");
    if (!c->signed_with)
        return cl_fail(err, CLEAT_E_UNSUPPORTED,
                       "certificate: its signature's algorithm is not known");
    cleat_status st = cl_key_from_blob(c->env, authority, &c->authority, err);
    return st == CLEAT_OK ? cl_key_verify(c->authority, c->signed_with, covered, signature, err)
                          : st;
}

static cleat_status read_all(cleat_cert *c, cleat_error *err)
{
    cl_reader r = cl_reader_of(cl_buf_slice(&c->blob));
    cleat_status st = read_subject(c, &r, err);
    if (st == CLEAT_OK)
        st = read_facts(c, &r, err);
    if (st == CLEAT_OK)
        st = read_signature(c, &r, err);
    return st == CLEAT_OK ? c->arena.status : st;
}

cleat_status cl_cert_from_blob(const cl_env *env, cleat_slice blob, cleat_cert **out,
                               cleat_error *err)
{
    *out = NULL;
    if (blob.len > CL_CERT_BLOB_MAX)
        return malformed(err, "it is too long");
    cleat_cert *c = cl_alloc_zero(env->mem, sizeof *c);
    if (!c)
        return cl_fail(err, CLEAT_E_NOMEM, "out of memory");
    atomic_init(&c->refs, 1);
    c->env = env;
    c->arena.mem = env->mem;
    c->blob = CL_BUF(env->mem);
    cl_buf_add_slice(&c->blob, blob);
    cleat_status st = c->blob.status;
    if (st == CLEAT_OK)
        st = read_all(c, err);
    if (st == CLEAT_OK)
        *out = c;
    else
        cleat_cert_unref(c);
    return st;
}

void cl_cert_bind(cleat_cert *cert, cleat_ctx *ctx)
{
    cert->ctx = cleat_ctx_ref(ctx);
    cert->subject->ctx = cleat_ctx_ref(ctx);
    cert->authority->ctx = cleat_ctx_ref(ctx);
}

cleat_status cleat_cert_from_blob(cleat_cert **out, cleat_ctx *ctx, cleat_slice blob,
                                  cleat_error *error)
{
    cleat_status st = cl_cert_from_blob(cl_ctx_env(ctx), blob, out, error);
    if (st != CLEAT_OK)
        return st;
    cl_cert_bind(*out, ctx);
    return st;
}

cleat_status cl_cert_decode_line(cleat_slice line, cl_buf *blob, cleat_error *err)
{
    cleat_slice type, base64, comment;
    if (!cl_key_text_split(line, &type, &base64, &comment))
        return cl_fail(err, CLEAT_E_KEY_FORMAT, "expected a certificate's type and base64");
    blob->max = CL_CERT_BLOB_MAX;
    if (cl_base64_decode(blob, base64) == CLEAT_E_FORMAT)
        return cl_fail(err, CLEAT_E_KEY_FORMAT, "expected base64 after the certificate's type");
    cl_reader r = cl_reader_of(cl_buf_slice(blob));
    if (blob->status == CLEAT_OK && !cleat_slice_equal(cl_get_string(&r), type))
        return cl_fail(err, CLEAT_E_KEY_FORMAT,
                       "the certificate is not of the type that stands before it");
    return blob->status;
}

cleat_status cleat_cert_read(cleat_cert **out, cleat_ctx *ctx, cleat_slice text, cleat_error *error)
{
    cleat_slice line;
    size_t number = 0;
    cleat_error why = {0};
    *out = NULL;
    if (!cl_key_text_first_line(text, &line, &number))
        return cl_fail(error, CLEAT_E_KEY_FORMAT, "expected a line with a certificate");
    cl_buf blob = CL_BUF(cl_ctx_env(ctx)->mem);
    cleat_status st = cl_cert_decode_line(line, &blob, &why);
    if (st == CLEAT_OK)
        st = cleat_cert_from_blob(out, ctx, cl_buf_slice(&blob), &why);
    cl_buf_free(&blob);
    return st == CLEAT_OK ? st : cl_fail(error, st, "line %zu: %.480s", number, why.text);
}

/* ---- in the agent ---- */

/* The public fields that the certificate has already are left out, but for those of Ed25519 and
 * Ed448, as OpenSSH's agent wants them. */
cleat_status cl_cert_write_private_fields(const cleat_cert *cert, const cleat_key *key, cl_buf *out)
{
    cl_buf plain = CL_BUF_SECRET(cert->env->mem);
    cleat_status st = cl_key_write_private_fields(key, &plain);
    cl_reader r = cl_reader_of(cl_buf_slice(&plain));
    cl_get_string(&r);
    for (int i = 0; !key->type->raw_len && i < 2; i++)
        cl_get_string(&r);
    cl_put_cstring(out, cert->type);
    cl_put_string(out, cl_buf_slice(&cert->blob));
    cl_buf_add_slice(out, cl_get_bytes(&r, r.left));
    cl_buf_free(&plain);
    return st == CLEAT_OK ? out->status : st;
}

/* ---- facts ---- */

bool cleat_cert_is_name(const char *name)
{
    return cl_slice_ends(cleat_slice_of(name), CL_CERT_SUFFIX);
}

const cleat_cert_facts *cleat_cert_get_facts(const cleat_cert *cert)
{
    return &cert->facts;
}

cleat_slice cleat_cert_blob(const cleat_cert *cert)
{
    return cl_buf_slice(&cert->blob);
}

const char *cleat_cert_type(const cleat_cert *cert)
{
    return cert->type;
}

cleat_key *cleat_cert_key(const cleat_cert *cert)
{
    return cert->subject;
}

cleat_key *cleat_cert_authority(const cleat_cert *cert)
{
    return cert->authority;
}

const char *cleat_cert_algorithm(const cleat_cert *cert)
{
    return cert->signed_with->name;
}

static bool allows(const char *list, const cl_sig_alg *alg, const char *other_name)
{
    cleat_slice names = cleat_slice_of(list);
    if (!list)
        return !(alg->flags & CL_ALG_LEGACY);
    return cl_namelist_has(names, cleat_slice_of(alg->cert_name)) ||
           cl_namelist_has(names, cleat_slice_of(other_name));
}

const char *cleat_cert_pick_algorithm(const cleat_cert *cert, const char *ours, const char *theirs)
{
    const cl_sig_alg *alg;
    for (size_t i = 0; (alg = cl_sig_alg_at(i)) != NULL; i++) {
        if (alg->cert_name && alg->key_type == cert->subject->type &&
            allows(ours, alg, alg->cert_name) && allows(theirs, alg, alg->name))
            return alg->cert_name;
    }
    return NULL;
}

bool cleat_cert_names(const cleat_cert *cert, const char *name)
{
    bool host = cert->facts.kind == CLEAT_CERT_HOST;
    for (size_t i = 0; i < cert->facts.principal_count; i++) {
        const char *principal = cert->facts.principals[i];
        if (host ? cl_pattern_match(cleat_slice_of(name), cleat_slice_of(principal), true)
                 : strcmp(name, principal) == 0)
            return true;
    }
    return false;
}
