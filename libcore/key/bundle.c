/* The object that holds what a file has, and the walk through text files that fills it. */
#include "bundle.h"

#include "../alg/ctx.h"
#include "../base/alloc.h"
#include "../base/base64.h"
#include "../base/error.h"
#include "armour.h"
#include "cert_openssh.h"
#include "file_der.h"
#include "file_pkcs12.h"
#include "file_ppk.h"
#include "file_rfc4716.h"
#include "key_files.h"
#include "public_text.h"

/* ---- the object ---- */

cleat_key_bundle *cl_bundle_new(const cl_env *env)
{
    cleat_key_bundle *b = cl_alloc_zero(env->mem, sizeof *b);
    if (b) {
        b->env = env;
        b->arena.mem = env->mem;
    }
    return b;
}

static void drop(const cleat_key_item *item)
{
    cleat_key_unref(item->key);
    cleat_cert_unref(item->cert);
}

void cl_bundle_clear(cleat_key_bundle *b)
{
    for (size_t i = 0; i < b->count; i++)
        drop(&b->items[i]);
    b->count = 0;
}

void cleat_key_bundle_free(cleat_key_bundle *bundle)
{
    if (!bundle)
        return;
    cleat_ctx *ctx = bundle->ctx;
    const cleat_allocator *mem = bundle->env->mem;
    cl_bundle_clear(bundle);
    cl_arena_free(&bundle->arena);
    cl_alloc_free(mem, bundle);
    cleat_ctx_unref(ctx);
}

cleat_status cl_bundle_add(cleat_key_bundle *b, const cleat_key_item *item, cleat_error *err)
{
    if (b->count < CL_BUNDLE_MAX) {
        b->items[b->count++] = *item;
        return CLEAT_OK;
    }
    drop(item);
    return cl_fail(err, CLEAT_E_LIMIT, "the file has more than %d keys and certificates",
                   CL_BUNDLE_MAX);
}

cleat_status cl_bundle_add_x509(cleat_key_bundle *b, cleat_slice der, cleat_key_format format,
                                size_t line, cleat_error *err)
{
    const cleat_key_item item = {
        .x509 = cl_arena_copy(&b->arena, der), .format = format, .line = line};
    if (b->arena.status != CLEAT_OK)
        return cl_fail(err, b->arena.status, "out of memory");
    return cl_bundle_add(b, &item, err);
}

size_t cleat_key_bundle_count(const cleat_key_bundle *bundle)
{
    return bundle->count;
}

const cleat_key_item *cleat_key_bundle_item(const cleat_key_bundle *bundle, size_t i)
{
    return i < bundle->count ? &bundle->items[i] : NULL;
}

/* ---- text ---- */

/* A file on the way through it. */
typedef struct walk {
    cleat_key_bundle *out;
    cleat_slice passphrase;
    cleat_slice rest;
    size_t lines;      /* before rest */
    cleat_slice other; /* the first line that is no item ... */
    size_t other_line; /* ... and its number; 0: there is none */
    bool has_armour;   /* then text between the objects is just text */
} walk;

static cleat_status take_x509(walk *w, const cl_armour *a, cleat_error *err)
{
    cl_buf der = CL_BUF(w->out->env->mem);
    cleat_status st = cl_armour_decode(a, &der, err);
    /* OpenSSL's TRUSTED form has its own remarks behind the certificate. */
    cleat_slice certificate = cl_der_first(cl_buf_slice(&der));
    const char *label = cl_der_label(certificate);
    bool good = label && cl_slice_is(cleat_slice_of(label), CL_X509_LABEL);
    if (st == CLEAT_OK && !good)
        st = cl_fail(err, CLEAT_E_KEY_FORMAT, "line %zu: expected a certificate in ASN.1", a->line);
    if (st == CLEAT_OK)
        st = cl_bundle_add_x509(w->out, certificate, CLEAT_KEY_LINE, a->line - 1, err);
    cl_buf_free(&der);
    return st;
}

static bool is_x509_label(cleat_slice label)
{
    return cl_slice_is(label, CL_X509_LABEL) || cl_slice_is(label, "X509 CERTIFICATE") ||
           cl_slice_is(label, "TRUSTED CERTIFICATE");
}

/* What is neither key nor certificate (parameters, requests) is passed over. */
static cleat_status take_armoured(walk *w, cleat_error *err)
{
    cl_armour a;
    cleat_key_item item = {0};
    w->has_armour = true;
    cleat_status st = cl_armour_take(&w->rest, &w->lines, &a, err);
    if (st != CLEAT_OK)
        return st;
    if (is_x509_label(a.label))
        return take_x509(w, &a, err);
    item.line = a.line - 1;
    if (cl_slice_ends(a.label, "PRIVATE KEY"))
        st = cl_key_read_armoured(w->out->env, &a, w->passphrase, &item.key, &item.format, err);
    else if (cl_slice_ends(a.label, "PUBLIC KEY"))
        st = cl_key_read_armoured_public(w->out->env, &a, &item.key, &item.format, err);
    return st == CLEAT_OK && item.key ? cl_bundle_add(w->out, &item, err) : st;
}

static cleat_status take_rfc4716(walk *w, cleat_error *err)
{
    cleat_slice body;
    size_t line;
    cleat_key_item item = {.format = CLEAT_KEY_RFC4716, .line = w->lines + 1};
    (void)cl_rfc4716_find(w->rest, &body, &line);
    cleat_status st = cl_rfc4716_read(w->out->env, body, w->lines + 1, &item.key, err);
    cl_rfc4716_skip(&w->rest, &w->lines);
    return st == CLEAT_OK ? cl_bundle_add(w->out, &item, err) : st;
}

/* ---- lines ---- */

static cleat_status read_cert(const cl_env *env, cleat_slice line, cleat_cert **out,
                              cleat_error *err)
{
    cl_buf blob = CL_BUF(env->mem);
    cleat_status st = cl_cert_decode_line(line, &blob, err);
    if (st == CLEAT_OK)
        st = cl_cert_from_blob(env, cl_buf_slice(&blob), out, err);
    cl_buf_free(&blob);
    return st;
}

static cleat_status take_line(walk *w, cleat_slice line, size_t number, cleat_error *err)
{
    cleat_slice type, base64, comment;
    cleat_error why = {0};
    cleat_key_item item = {.format = CLEAT_KEY_LINE, .line = number};
    bool split = cl_key_text_split(line, &type, &base64, &comment);
    cleat_status st = split && cl_slice_ends(type, CL_CERT_SUFFIX)
                          ? read_cert(w->out->env, line, &item.cert, &why)
                          : cl_key_from_text(w->out->env, line, &item.key, &why);
    if (st != CLEAT_OK)
        return cl_fail(err, st, "line %zu: %.480s", number, why.text);
    return cl_bundle_add(w->out, &item, err);
}

static bool is_key_line(cleat_slice line)
{
    cleat_slice type, base64, comment;
    return cl_key_text_split(line, &type, &base64, &comment) &&
           (cl_key_type_find(type) || cl_key_type_find_certified(type));
}

static cleat_status step(walk *w, cleat_error *err)
{
    cleat_slice line, body;
    size_t unused;
    cleat_slice behind = w->rest;
    (void)cl_armour_next_line(&behind, &line);
    if (cl_armour_is_begin(line))
        return take_armoured(w, err);
    if (cl_rfc4716_find(line, &body, &unused))
        return take_rfc4716(w, err);
    w->rest = behind;
    w->lines++;
    if (is_key_line(line))
        return take_line(w, line, w->lines, err);
    if (!w->other_line && line.len && line.data[0] != '#') {
        w->other = line;
        w->other_line = w->lines;
    }
    return CLEAT_OK;
}

static cleat_status read_text(cleat_key_bundle *out, cleat_slice file, cleat_slice passphrase,
                              cleat_error *err)
{
    walk w = {.out = out, .passphrase = passphrase, .rest = file};
    cleat_status st = CLEAT_OK;
    while (w.rest.len && st == CLEAT_OK)
        st = step(&w, err);
    if (st == CLEAT_OK && w.other_line && !w.has_armour)
        st = take_line(&w, w.other, w.other_line, err);
    if (st == CLEAT_OK && !out->count)
        st = cl_fail(err, CLEAT_E_KEY_FORMAT, "expected a key or a certificate");
    return st;
}

/* ---- reading ---- */

static cleat_status read_one(cleat_key_bundle *out, cleat_slice file, cleat_slice passphrase,
                             cleat_error *err)
{
    cleat_key_item item = {0};
    cleat_status st = cl_key_read_any(out->env, file, passphrase, &item.key, &item.format, err);
    return st == CLEAT_OK ? cl_bundle_add(out, &item, err) : st;
}

static cleat_status read_file(cleat_key_bundle *out, cleat_slice file, cleat_slice passphrase,
                              cleat_error *err)
{
    const char *der = cl_der_label(file);
    cleat_slice label = cleat_slice_of(der);
    if (file.len > CL_KEY_FILE_MAX)
        return cl_fail(err, CLEAT_E_KEY_FORMAT, "the file has %zu bytes, too many for keys",
                       file.len);
    if (der && cl_slice_is(label, CL_PKCS12_LABEL))
        return cl_pkcs12_read(out->env, file, passphrase, out, err);
    if (der && cl_slice_is(label, CL_X509_LABEL))
        return cl_bundle_add_x509(out, file, CLEAT_KEY_LINE, 0, err);
    if (der || cl_ppk_knows(file))
        return read_one(out, file, passphrase, err);
    return read_text(out, file, passphrase, err);
}

static cleat_status bind_all(cleat_key_bundle *b, cleat_ctx *ctx, const char *origin)
{
    b->ctx = cleat_ctx_ref(ctx);
    for (size_t i = 0; i < b->count; i++) {
        if (b->items[i].cert)
            cl_cert_bind(b->items[i].cert, ctx);
        else if (b->items[i].key)
            b->items[i].key->ctx = cleat_ctx_ref(ctx);
        if (b->items[i].key && origin &&
            cl_key_set_origin(b->items[i].key, cleat_slice_of(origin)) != CLEAT_OK)
            return CLEAT_E_NOMEM;
    }
    return CLEAT_OK;
}

cleat_status cleat_key_bundle_read(cleat_key_bundle **out, cleat_ctx *ctx, cleat_slice file,
                                   const char *passphrase, const char *origin, cleat_error *error)
{
    cleat_error why = {0};
    cleat_key_bundle *b = cl_bundle_new(cl_ctx_env(ctx));
    *out = NULL;
    if (!b)
        return cl_fail(error, CLEAT_E_NOMEM, "out of memory");
    cleat_status st = read_file(b, file, cleat_slice_of(passphrase), &why);
    if (st == CLEAT_OK && bind_all(b, ctx, origin) != CLEAT_OK)
        st = cl_fail(&why, CLEAT_E_NOMEM, "out of memory");
    if (st == CLEAT_OK)
        *out = b;
    else
        cleat_key_bundle_free(b);
    return st == CLEAT_OK ? st : cl_key_fail_at(error, st, origin, &why);
}

cleat_status cl_bundle_first_of_pkcs12(const cl_env *env, cleat_slice file, cleat_slice passphrase,
                                       cleat_key **out, cleat_error *err)
{
    cleat_key_bundle *b = cl_bundle_new(env);
    *out = NULL;
    if (!b)
        return cl_fail(err, CLEAT_E_NOMEM, "out of memory");
    cleat_status st = cl_pkcs12_read(env, file, passphrase, b, err);
    for (size_t i = 0; st == CLEAT_OK && i < b->count && !*out; i++)
        *out = cleat_key_ref(b->items[i].key);
    cleat_key_bundle_free(b);
    if (st == CLEAT_OK && !*out)
        st = cl_fail(err, CLEAT_E_KEY_FORMAT, "PKCS#12: expected a key among the certificates");
    return st;
}
