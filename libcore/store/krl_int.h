/* A key revocation list in memory, for the files that change and write it. */
#ifndef CL_STORE_KRL_INT_H
#define CL_STORE_KRL_INT_H

#include "../alg/ctx.h"
#include "../base/arena.h"
#include "../base/buf.h"
#include "../base/slice.h"

#include <cleat/krl.h>

/* More are not read: each takes 56 bytes, and a bit of a bitmap may make one. */
enum { CL_KRL_ENTRIES_MAX = 1 << 20, CL_KRL_AUTHORITIES_MAX = 1024 };

/* cleat_krl_entry, the authority by its place. */
typedef struct cl_krl_item {
    cleat_krl_kind kind;
    uint32_t authority;
    cleat_slice data;
    uint64_t first, last;
} cl_krl_item;

struct cleat_krl {
    cleat_ctx *ctx;
    const cl_env *env;
    cl_arena arena; /* of data, authorities and comment */
    uint64_t version, generated;
    const char *comment;
    cleat_slice *authorities; /* in the order in which they came; the one of no bytes is any */
    size_t authority_count;
    cl_krl_item *items;
    size_t count, cap;
    bool settled; /* sorted, nothing twice, no serial numbers that touch */
};

/* Makes it so. */
void cl_krl_settle(cleat_krl *krl);

/* Appends the sections for serial numbers, given as runs that are sorted and do not touch, in a
 * form that takes few bytes. */
CLEAT_MUST_USE cleat_status cl_krl_put_serials(cl_buf *out, const cleat_allocator *mem,
                                               const cl_krl_item *runs, size_t count);

#endif
