/* The public calls that read and write key files: which format it is, and by whom it is done. */
#include "key.h"

#include "../alg/bytes.h"
#include "../alg/ctx.h"
#include "../base/error.h"
#include "file_openssh.h"
#include "file_pem.h"
#include "file_ppk.h"
#include "public_text.h"

static cleat_status read_ppk(const cl_env *env, cleat_slice file, cleat_slice passphrase,
                             cleat_key **out, cleat_key_format *format, cleat_error *error)
{
    unsigned version = 0;
    cleat_status st = cl_ppk_read(env, file, passphrase, out, &version, error);
    *format = version == 2 ? CLEAT_KEY_PPK2 : CLEAT_KEY_PPK3;
    return st;
}

static cleat_status read_private(const cl_env *env, cleat_slice file, cleat_slice passphrase,
                                 cleat_key **out, cleat_key_format *format, cleat_error *error)
{
    cl_armour a;
    if (cl_ppk_knows(file))
        return read_ppk(env, file, passphrase, out, format, error);
    cleat_status st = cl_armour_find(file, "PRIVATE KEY", &a, error);
    if (st != CLEAT_OK)
        return st;
    *format = CLEAT_KEY_OPENSSH;
    if (cl_slice_is(a.label, CL_OPENSSH_LABEL))
        return cl_openssh_read(env, &a, passphrase, out, error);
    *format = cl_pem_is_pkcs8(a.label) ? CLEAT_KEY_PKCS8 : CLEAT_KEY_TRADITIONAL;
    if (cl_pem_knows(a.label))
        return cl_pem_read(env, &a, passphrase, out, error);
    return cl_fail(error, CLEAT_E_UNSUPPORTED, "line %zu: \"%.*s\" is not supported", a.line - 1,
                   (int)a.label.len, (const char *)a.label.data);
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

static bool looks_private(cleat_slice file)
{
    cl_armour a;
    return cl_ppk_knows(file) || cl_armour_find(file, "PRIVATE KEY", &a, NULL) == CLEAT_OK;
}

cleat_status cleat_key_read(cleat_key **out, cleat_ctx *ctx, cleat_slice file,
                            const char *passphrase, const char *origin, cleat_key_format *format,
                            cleat_error *error)
{
    cleat_key_format found = CLEAT_KEY_LINE;
    cleat_status st;
    *out = NULL;
    if (looks_private(file)) {
        st = read_private(cl_ctx_env(ctx), file, cleat_slice_of(passphrase), out, &found, error);
        st = cl_key_adopt(out, ctx, origin, st, error);
    } else {
        st = cleat_key_read_public(out, ctx, file, origin, error);
    }
    if (format)
        *format = found;
    return st;
}

/* What stands readable in the file, for the formats that keep a public key beside the private. */
static cleat_status peek(const cl_env *env, cleat_slice file, cleat_key **key, bool *encrypted)
{
    cl_armour a;
    if (cl_ppk_knows(file))
        return cl_ppk_peek(env, file, key, encrypted, NULL);
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

static cleat_status write_file(const cleat_key *key, cleat_key_format format,
                               const cleat_key_write_options *o, cl_buf *out, cleat_error *error)
{
    cleat_slice passphrase = cleat_slice_of(o->passphrase);
    switch (format) {
    case CLEAT_KEY_OPENSSH:
        return cl_openssh_write(key, passphrase, o->cipher, o->rounds, out, error);
    case CLEAT_KEY_PPK2:
        return cl_ppk_write(key, 2, passphrase, 0, out, error);
    case CLEAT_KEY_PPK3:
        return cl_ppk_write(key, 3, passphrase, o->rounds, out, error);
    case CLEAT_KEY_LINE:
        cl_key_put_text(key, out);
        cl_buf_add_byte(out, '\n');
        return CLEAT_OK;
    case CLEAT_KEY_PKCS8:
    case CLEAT_KEY_TRADITIONAL:
        break;
    }
    return cl_fail(error, CLEAT_E_UNSUPPORTED, "this format is read, but not written");
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
    if (format < CLEAT_KEY_LINE && !key->has_private)
        return cl_fail(error, CLEAT_E_BAD_CALL, "the private part of the key is not here");
    cl_buf file = CL_BUF_SECRET(key->env->mem);
    cleat_status st = write_file(key, format, o, &file, error);
    if (st == CLEAT_OK)
        return cl_bytes_from_buf(out, key->ctx, &file);
    cl_buf_free(&file);
    return st;
}
