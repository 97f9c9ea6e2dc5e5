/* Files of public keys that are trusted, or are not to be. */
#include "../alg/ctx.h"
#include "../base/buf.h"
#include "../base/slice.h"
#include "../key/cert_openssh.h"
#include "../key/public_text.h"
#include "krl.h"
#include "krl_walk.h"
#include "x509_line.h"

#include <cleat/store.h>

/* The fields of a key behind its type's name; in a certificate a nonce stands between them. */
static cleat_slice fields_of(cleat_slice blob, bool certified)
{
    cl_reader r = cl_reader_of(blob);
    cl_get_string(&r);
    if (certified)
        cl_get_string(&r);
    return cl_get_rest(&r);
}

static bool is_cert_type(cleat_slice type, const cleat_key *key)
{
    const cl_key_type *certified = cl_key_type_find_certified(type);
    return certified && strcmp(certified->name, cleat_key_type(key)) == 0;
}

/* A certificate of the key: whoever has signed it, and for whatever use. One that is cut short is
 * not readable. */
static bool certifies(cleat_slice cert, const cleat_key *key, bool *readable)
{
    cleat_slice ours = fields_of(cleat_key_blob(key), false);
    cleat_slice theirs = fields_of(cert, true);
    *readable = theirs.len >= ours.len;
    return cleat_slice_equal(cl_slice_cut(theirs, 0, ours.len), ours);
}

/* A certificate of X.509 stands for its key, too; what names only a subject is about no key. */
static bool x509_line_is(const cl_env *env, cleat_slice line, const cleat_key *key)
{
    cleat_x509 *chain = cl_x509_line_read(env, line);
    bool same = chain && cleat_key_equal(chain->key, key);
    cleat_x509_unref(chain);
    return same;
}

/* Whether a line is of this key. doubt: the answer for one that makes no sense, true for lists of
 * revoked keys. These may have a certificate, as its file is what people have at hand: it stands
 * for its key. */
static bool line_is(const cl_env *env, cleat_slice line, const cleat_key *key, bool doubt)
{
    cleat_slice type;
    cleat_slice base64;
    cleat_slice comment;
    cl_buf blob = CL_BUF(env->mem);
    if (cl_x509_line_is(line))
        return doubt && x509_line_is(env, line, key);
    bool readable = cl_key_text_split(line, &type, &base64, &comment) &&
                    cl_key_text_decode(type, base64, &blob, NULL) == CLEAT_OK;
    bool same = readable && cleat_slice_equal(cl_buf_slice(&blob), cleat_key_blob(key));
    if (readable && doubt && is_cert_type(type, key))
        same = certifies(cl_buf_slice(&blob), key, &readable);
    cl_buf_free(&blob);
    return readable ? same : doubt;
}

static bool any_line_is(cleat_ctx *ctx, cleat_slice file, const cleat_key *key, bool doubt)
{
    cleat_slice line;
    while (cl_slice_line(&file, &line, NULL)) {
        line = cl_slice_trim(line);
        if (line.len && line.data[0] != '#' && line_is(cl_ctx_env(ctx), line, key, doubt))
            return true;
    }
    return false;
}

bool cleat_key_is_revoked(cleat_ctx *ctx, cleat_slice file, const cleat_key *key,
                          const cleat_cert *cert)
{
    bool revoked = true;
    if (cl_krl_is(file))
        return cl_krl_check(cl_ctx_env(ctx), file, key, cert, &revoked) != CLEAT_OK || revoked;
    return any_line_is(ctx, file, key, true) ||
           (cert && any_line_is(ctx, file, cleat_cert_authority(cert), true));
}

bool cleat_x509_is_revoked(cleat_ctx *ctx, cleat_slice file, const cleat_x509 *chain)
{
    cleat_slice line;
    (void)ctx;
    while (!cl_krl_is(file) && cl_slice_line(&file, &line, NULL)) {
        line = cl_slice_trim(line);
        if (cl_x509_line_is(line) && cl_x509_line_revokes(chain, line))
            return true;
    }
    return false;
}

bool cleat_key_list_trusts(cleat_ctx *ctx, cleat_slice file, const cleat_key *key)
{
    return any_line_is(ctx, file, key, false);
}
