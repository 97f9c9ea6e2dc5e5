/* Files of public keys that are trusted, or are not to be. */
#include "../alg/ctx.h"
#include "../base/buf.h"
#include "../base/slice.h"
#include "../key/public_text.h"
#include "krl.h"
#include "krl_walk.h"

#include <cleat/store.h>

/* doubt: the answer for a line that makes no sense. */
static bool line_is(const cl_env *env, cleat_slice line, const cleat_key *key, bool doubt)
{
    cleat_slice type;
    cleat_slice base64;
    cleat_slice comment;
    cl_buf blob = CL_BUF(env->mem);
    bool readable = cl_key_text_split(line, &type, &base64, &comment) &&
                    cl_key_text_decode(type, base64, &blob, NULL) == CLEAT_OK;
    bool same = readable && cleat_slice_equal(cl_buf_slice(&blob), cleat_key_blob(key));
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

bool cleat_key_list_trusts(cleat_ctx *ctx, cleat_slice file, const cleat_key *key)
{
    return any_line_is(ctx, file, key, false);
}
