/* Files of public keys that are not to be trusted. */
#include "../alg/ctx.h"
#include "../base/buf.h"
#include "../base/slice.h"
#include "../key/public_text.h"

#include <cleat/store.h>

/* True also for a line that makes no sense. */
static bool line_is(const cl_env *env, cleat_slice line, const cleat_key *key)
{
    cleat_slice type;
    cleat_slice base64;
    cleat_slice comment;
    cl_buf blob = CL_BUF(env->mem);
    bool same = !cl_key_text_split(line, &type, &base64, &comment) ||
                cl_key_text_decode(type, base64, &blob, NULL) != CLEAT_OK ||
                cleat_slice_equal(cl_buf_slice(&blob), cleat_key_blob(key));
    cl_buf_free(&blob);
    return same;
}

bool cleat_key_list_has(cleat_ctx *ctx, cleat_slice file, const cleat_key *key)
{
    cleat_slice line;
    while (cl_slice_split(&file, '\n', &line)) {
        line = cl_slice_trim(line);
        if (line.len && line.data[0] != '#' && line_is(cl_ctx_env(ctx), line, key))
            return true;
    }
    return false;
}
