/* Bytes that the caller owns. */
#include "bytes.h"

#include "../base/alloc.h"
#include "../base/ct.h"
#include "ctx.h"

cleat_status cl_bytes_from_buf(cleat_bytes *out, cleat_ctx *ctx, cl_buf *buf)
{
    *out = (cleat_bytes){0};
    if (!cl_buf_text(buf)) {
        cleat_status st = buf->status;
        cl_buf_free(buf);
        return st;
    }
    out->cap = buf->cap;
    out->data = cl_buf_take(buf, &out->len);
    out->ctx = cleat_ctx_ref(ctx);
    return CLEAT_OK;
}

void cleat_bytes_free(cleat_bytes *bytes)
{
    if (!bytes || !bytes->data)
        return;
    cl_wipe(bytes->data, bytes->cap);
    cl_alloc_free(cl_ctx_env(bytes->ctx)->mem, bytes->data);
    cleat_ctx_unref(bytes->ctx);
    *bytes = (cleat_bytes){0};
}
