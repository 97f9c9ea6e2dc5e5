/* The public calls that read and write key files: which format it is, and by whom it is done. */
#include "key_files.h"

#include "../alg/bytes.h"
#include "../alg/ctx.h"
#include "../base/error.h"
#include "file_der.h"
#include "file_openssh.h"
#include "file_pem.h"
#include "file_pkcs12.h"
#include "file_ppk.h"
#include "file_rfc4716.h"
#include "file_spki.h"
#include "public_text.h"

enum { PEM_COLUMNS = 64 };

static cleat_status read_ppk(const cl_env *env, cleat_slice file, cleat_slice passphrase,
                             cleat_key **out, cleat_key_format *format, cleat_error *error)
{
    unsigned version = 0;
    cleat_status st = cl_ppk_read(env, file, passphrase, out, &version, error);
    *format = version == 2 ? CLEAT_KEY_PPK2 : CLEAT_KEY_PPK3;
    return st;
}

static bool is_pkcs12(const char *label)
{
    return cl_slice_is(cleat_slice_of(label), CL_PKCS12_LABEL);
}

/* The label of private keys in DER, as it would be in PEM; NULL for all else. */
static const char *private_der(cleat_slice file)
{
    const char *label = cl_der_label(file);
    bool private = label && (is_pkcs12(label) || cl_pem_knows(cleat_slice_of(label)));
    return private ? label : NULL;
}

static cleat_status read_der(const cl_env *env, const char *label, cleat_slice file,
                             cleat_slice passphrase, cleat_key **out, cleat_key_format *format,
                             cleat_error *error)
{
    bool pkcs8 = cl_pem_is_pkcs8(cleat_slice_of(label));
    *format = pkcs8 ? CLEAT_KEY_PKCS8_DER : CLEAT_KEY_TRADITIONAL_DER;
    if (!is_pkcs12(label))
        return cl_pem_read_der(env, label, file, passphrase, out, error);
    *format = CLEAT_KEY_PKCS12;
    return cl_bundle_first_of_pkcs12(env, file, passphrase, out, error);
}

static cleat_status not_supported(const cl_armour *a, cleat_error *error)
{
    return cl_fail(error, CLEAT_E_UNSUPPORTED, "line %zu: \"%.*s\" is not supported", a->line - 1,
                   (int)a->label.len, (const char *)a->label.data);
}

cleat_status cl_key_read_armoured(const cl_env *env, const cl_armour *a, cleat_slice passphrase,
                                  cleat_key **out, cleat_key_format *format, cleat_error *err)
{
    *format = CLEAT_KEY_OPENSSH;
    if (cl_slice_is(a->label, CL_OPENSSH_LABEL))
        return cl_openssh_read(env, a, passphrase, out, err);
    *format = cl_pem_is_pkcs8(a->label) ? CLEAT_KEY_PKCS8 : CLEAT_KEY_TRADITIONAL;
    return cl_pem_knows(a->label) ? cl_pem_read(env, a, passphrase, out, err)
                                  : not_supported(a, err);
}

static cleat_status read_private(const cl_env *env, cleat_slice file, cleat_slice passphrase,
                                 cleat_key **out, cleat_key_format *format, cleat_error *error)
{
    cl_armour a;
    const char *label = private_der(file);
    if (cl_ppk_knows(file))
        return read_ppk(env, file, passphrase, out, format, error);
    if (label)
        return read_der(env, label, file, passphrase, out, format, error);
    cleat_status st = cl_armour_find(file, "PRIVATE KEY", &a, error);
    return st == CLEAT_OK ? cl_key_read_armoured(env, &a, passphrase, out, format, error) : st;
}

cleat_status cleat_key_read_private(cleat_key **out, cleat_ctx *ctx, cleat_slice file,
                                    const char *passphrase, const char *origin, cleat_error *error)
{
    *out = NULL;
    cleat_key_format format;
    cleat_status st =
        read_private(cl_ctx_env(ctx), file, cleat_slice_of(passphrase), out, &format, error);
    return cl_key_adopt(out, ctx, origin, st, error);
}

/* ---- public keys ----------------------------------------------------------------------------- */

static cleat_status read_line(const cl_env *env, cleat_slice text, cleat_key **out,
                              cleat_error *error)
{
    cleat_slice line;
    size_t number = 0;
    if (!cl_key_text_first_line(text, &line, &number))
        return cl_fail(error, CLEAT_E_KEY_FORMAT, "expected a line with a public key");
    cleat_error inner = {0};
    cleat_status st = cl_key_from_text(env, line, out, &inner);
    return st == CLEAT_OK ? st : cl_fail(error, st, "line %zu: %.480s", number, inner.text);
}

cleat_status cl_key_read_armoured_public(const cl_env *env, const cl_armour *a, cleat_key **out,
                                         cleat_key_format *format, cleat_error *error)
{
    cl_buf der = CL_BUF(env->mem);
    bool pkcs1 = cl_slice_is(a->label, CL_PKCS1_PUBLIC_LABEL);
    *format = pkcs1 ? CLEAT_KEY_PKCS1_PUBLIC : CLEAT_KEY_SPKI;
    cleat_status st = CLEAT_OK;
    if (!pkcs1 && !cl_slice_is(a->label, CL_SPKI_LABEL))
        st = not_supported(a, error);
    if (st == CLEAT_OK)
        st = cl_armour_decode(a, &der, error);
    if (st == CLEAT_OK)
        st = pkcs1 ? cl_pkcs1_public_read(env, cl_buf_slice(&der), out, error)
                   : cl_spki_read(env, cl_buf_slice(&der), out, error);
    cl_buf_free(&der);
    return st;
}

static cleat_status read_public(const cl_env *env, cleat_slice file, cleat_key **out,
                                cleat_key_format *format, cleat_error *error)
{
    cl_armour a;
    cleat_slice rest;
    size_t line;
    if (file.len > CL_KEY_FILE_MAX)
        return cl_fail(error, CLEAT_E_KEY_FORMAT, "the file has %zu bytes, too many for a key",
                       file.len);
    const char *label = cl_der_label(file);
    if (label && cl_slice_is(cleat_slice_of(label), CL_PKCS1_PUBLIC_LABEL)) {
        *format = CLEAT_KEY_PKCS1_PUBLIC_DER;
        return cl_pkcs1_public_read(env, file, out, error);
    }
    if (label && cl_slice_is(cleat_slice_of(label), CL_SPKI_LABEL)) {
        *format = CLEAT_KEY_SPKI_DER;
        return cl_spki_read(env, file, out, error);
    }
    *format = CLEAT_KEY_RFC4716;
    if (cl_rfc4716_find(file, &rest, &line))
        return cl_rfc4716_read(env, rest, line, out, error);
    cleat_status st = cl_armour_find(file, CL_SPKI_LABEL, &a, error);
    if (st == CLEAT_OK)
        return cl_key_read_armoured_public(env, &a, out, format, error);
    if (a.label.len && cl_slice_ends(a.label, CL_SPKI_LABEL))
        return st;
    *format = CLEAT_KEY_LINE;
    return read_line(env, file, out, error);
}

cleat_status cleat_key_read_public(cleat_key **out, cleat_ctx *ctx, cleat_slice text,
                                   const char *origin, cleat_error *error)
{
    cleat_key_format format;
    *out = NULL;
    cleat_status st = read_public(cl_ctx_env(ctx), text, out, &format, error);
    return cl_key_adopt(out, ctx, origin, st, error);
}

/* ---- both ------------------------------------------------------------------------------------ */

static bool looks_private(cleat_slice file)
{
    cl_armour a;
    return cl_ppk_knows(file) || private_der(file) ||
           cl_armour_find(file, "PRIVATE KEY", &a, NULL) == CLEAT_OK;
}

cleat_status cl_key_read_any(const cl_env *env, cleat_slice file, cleat_slice passphrase,
                             cleat_key **out, cleat_key_format *format, cleat_error *err)
{
    *out = NULL;
    *format = CLEAT_KEY_LINE;
    return looks_private(file) ? read_private(env, file, passphrase, out, format, err)
                               : read_public(env, file, out, format, err);
}

cleat_status cleat_key_read(cleat_key **out, cleat_ctx *ctx, cleat_slice file,
                            const char *passphrase, const char *origin, cleat_key_format *format,
                            cleat_error *error)
{
    cleat_key_format found;
    cleat_status st =
        cl_key_read_any(cl_ctx_env(ctx), file, cleat_slice_of(passphrase), out, &found, error);
    if (format)
        *format = found;
    return cl_key_adopt(out, ctx, origin, st, error);
}

/* What stands readable in the file, for the formats that keep a public key beside the private. */
static cleat_status peek(const cl_env *env, cleat_slice file, cleat_key **key, bool *encrypted)
{
    cl_armour a;
    if (cl_ppk_knows(file))
        return cl_ppk_peek(env, file, key, encrypted, NULL);
    const char *label = private_der(file);
    if (label) {
        *encrypted = is_pkcs12(label) ? cl_pkcs12_is_encrypted(env, file)
                                      : cl_slice_is(cleat_slice_of(label), CL_PEM_PKCS8_ENCRYPTED);
        return CLEAT_E_UNSUPPORTED;
    }
    cleat_status st = cl_armour_find(file, "PRIVATE KEY", &a, NULL);
    if (st != CLEAT_OK)
        return st;
    if (cl_slice_is(a.label, CL_OPENSSH_LABEL))
        return cl_openssh_peek(env, &a, key, encrypted, NULL);
    *encrypted = cl_pem_is_encrypted(&a);
    return CLEAT_E_UNSUPPORTED;
}

bool cleat_key_file_is_encrypted(cleat_ctx *ctx, cleat_slice file, cleat_key **public_key)
{
    bool encrypted = false;
    cleat_key *key = NULL;
    if (public_key)
        *public_key = NULL;
    cleat_status st = peek(cl_ctx_env(ctx), file, &key, &encrypted);
    if (cl_key_adopt(&key, ctx, NULL, st, NULL) != CLEAT_OK)
        return encrypted;
    if (public_key)
        *public_key = key;
    else
        cleat_key_unref(key);
    return encrypted;
}

/* ---- writing --------------------------------------------------------------------------------- */

static cleat_status write_private(const cleat_key *key, cleat_key_format format,
                                  const cleat_key_write_options *o, cl_buf *out, cleat_error *error)
{
    cleat_slice passphrase = cleat_slice_of(o->passphrase);
    if (!cl_key_has_private_fields(key))
        return cl_fail(error, CLEAT_E_BAD_CALL, "the private part of the key is not here");
    if (key->type->security_key && format != CLEAT_KEY_OPENSSH)
        return cl_fail(error, CLEAT_E_UNSUPPORTED,
                       "security keys can be written in OpenSSH's format only");
    const cl_der_seal seal = {passphrase, o->cipher, o->prf, o->rounds};
    switch (format) {
    case CLEAT_KEY_OPENSSH:
        return cl_openssh_write(key, passphrase, o->cipher, o->rounds, out, error);
    case CLEAT_KEY_PPK2:
        return cl_ppk_write(key, 2, passphrase, 0, out, error);
    case CLEAT_KEY_PPK3:
        return cl_ppk_write(key, 3, passphrase, o->rounds, out, error);
    case CLEAT_KEY_PKCS12:
        return cl_fail(error, CLEAT_E_UNSUPPORTED, "PKCS#12 is read only");
    case CLEAT_KEY_PKCS8:
    case CLEAT_KEY_PKCS8_DER:
        return cl_pkcs8_write(key, format == CLEAT_KEY_PKCS8, &seal, out, error);
    default:
        return cl_traditional_write(key, format == CLEAT_KEY_TRADITIONAL, &seal, out, error);
    }
}

/* Armoured unless label is NULL. */
static cleat_status write_der(const cleat_key *key, const char *label,
                              cleat_status (*write)(const cleat_key *, cl_buf *, cleat_error *),
                              cl_buf *out, cleat_error *error)
{
    if (!label)
        return write(key, out, error);
    cl_buf der = CL_BUF(out->mem);
    cleat_status st = write(key, &der, error);
    if (st == CLEAT_OK)
        cl_armour_encode(out, label, cl_buf_slice(&der), PEM_COLUMNS);
    cl_buf_free(&der);
    return st;
}

static cleat_status write_public(const cleat_key *key, cleat_key_format format, cl_buf *out,
                                 cleat_error *error)
{
    if (key->type->security_key && format > CLEAT_KEY_RFC4716)
        return cl_fail(error, CLEAT_E_UNSUPPORTED,
                       "a security key's application has no place in this format");
    switch (format) {
    case CLEAT_KEY_RFC4716:
        cl_rfc4716_write(key, out);
        return CLEAT_OK;
    case CLEAT_KEY_SPKI:
        return write_der(key, CL_SPKI_LABEL, cl_spki_write, out, error);
    case CLEAT_KEY_SPKI_DER:
        return write_der(key, NULL, cl_spki_write, out, error);
    case CLEAT_KEY_PKCS1_PUBLIC:
        return write_der(key, CL_PKCS1_PUBLIC_LABEL, cl_pkcs1_public_write, out, error);
    case CLEAT_KEY_PKCS1_PUBLIC_DER:
        return write_der(key, NULL, cl_pkcs1_public_write, out, error);
    default:
        cl_key_put_text(key, out);
        cl_buf_add_byte(out, '\n');
        return CLEAT_OK;
    }
}

cleat_status cleat_key_write(const cleat_key *key, cleat_key_format format,
                             const cleat_key_write_options *options, cleat_bytes *out,
                             cleat_error *error)
{
    static const cleat_key_write_options plain = {.struct_size = sizeof plain};
    const cleat_key_write_options *o = options ? options : &plain;
    *out = (cleat_bytes){0};
    if (o->struct_size != sizeof *o)
        return cl_fail(error, CLEAT_E_BAD_CALL, "the options are not filled in");
    cl_buf file = CL_BUF_SECRET(key->env->mem);
    cleat_status st = format < CLEAT_KEY_LINE ? write_private(key, format, o, &file, error)
                                              : write_public(key, format, &file, error);
    if (st == CLEAT_OK)
        return cl_bytes_from_buf(out, key->ctx, &file);
    cl_buf_free(&file);
    return st;
}
