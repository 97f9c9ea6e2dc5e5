/* An edit of a text, line by line: what is not touched is copied as it is, in as few pieces as
 * possible. */
#ifndef CL_STORE_EDIT_H
#define CL_STORE_EDIT_H

#include "../base/buf.h"
#include "../base/slice.h"

#include <cleat/bytes.h>

typedef struct cl_edit {
    cleat_slice line; /* the current one without its end */
    unsigned number;  /* its, from 1 */
    cleat_slice rest; /* after it */
    cleat_slice kept; /* before `rest`, and not in `out` yet */
    const char *newline;
    cl_buf out;
} cl_edit;

cl_edit cl_edit_of(const cleat_allocator *mem, cleat_slice text);

/* Goes on to the next line; false at the end of the text. */
bool cl_edit_next(cl_edit *e);

/* Leaves the current line out. */
void cl_edit_drop(cl_edit *e);

/* Begins a line behind what was kept so far, to be appended to the buffer that is handed out. */
cl_buf *cl_edit_begin(cl_edit *e);

/* Ends it. */
void cl_edit_end(cl_edit *e);

/* The whole text, if `st` is CLEAT_OK; in any case the edit is over. Returns st or what is wrong.
 */
CLEAT_MUST_USE cleat_status cl_edit_finish(cl_edit *e, cleat_ctx *ctx, cleat_status st,
                                           cleat_bytes *out);

#endif
