/* An edit of a text, line by line. */
#include "edit.h"

#include "../alg/bytes.h"

cl_edit cl_edit_of(const cleat_allocator *mem, cleat_slice text)
{
    cleat_slice rest = text;
    cleat_slice line;
    cleat_slice end = CL_SLICE_EMPTY;
    cl_edit e = {.rest = text, .kept = cl_slice(text.data, 0), .out = CL_BUF(mem)};
    (void)cl_slice_line(&rest, &line, &end);
    e.newline = cl_slice_is(end, "\r\n") ? "\r\n" : "\n";
    return e;
}

bool cl_edit_next(cl_edit *e)
{
    const uint8_t *start = e->rest.data;
    cleat_slice end;
    if (!cl_slice_line(&e->rest, &e->line, &end))
        return false;
    e->number++;
    if (!e->kept.len)
        e->kept.data = start;
    e->kept.len += e->line.len + end.len;
    return true;
}

static void copy_kept(cl_edit *e)
{
    cl_buf_add_slice(&e->out, e->kept);
    e->kept.len = 0;
}

void cl_edit_drop(cl_edit *e)
{
    e->kept.len = (size_t)(e->line.data - e->kept.data);
    copy_kept(e);
}

cl_buf *cl_edit_begin(cl_edit *e)
{
    copy_kept(e);
    if (e->out.len && e->out.data[e->out.len - 1] != '\n')
        cl_buf_add_text(&e->out, e->newline);
    return &e->out;
}

void cl_edit_end(cl_edit *e)
{
    cl_buf_add_text(&e->out, e->newline);
}

cleat_status cl_edit_finish(cl_edit *e, cleat_ctx *ctx, cleat_status st, cleat_bytes *out)
{
    copy_kept(e);
    if (st == CLEAT_OK)
        return cl_bytes_from_buf(out, ctx, &e->out);
    cl_buf_free(&e->out);
    return st;
}
