/* An allocator that keeps some of the large blocks it gets back for the next of their size. The
 * system's gives them back to the kernel, so that a copy of a large file takes new pages all the
 * time; and what was released last is still in the processor's cache. */
#ifndef CL_BASE_SPARE_H
#define CL_BASE_SPARE_H

#include "alloc.h"

typedef struct cl_spare_block cl_spare_block;

/* Stays where it is: the blocks' allocator points to it. */
typedef struct cl_spare {
    cleat_allocator allocator;  /* what its users are given */
    const cleat_allocator *mem; /* where it gets memory from; borrowed */
    cl_spare_block *kept;
    size_t kept_bytes, most;
} cl_spare;

/* Keeps at most that many bytes. Not for secrets: they are not wiped. */
void cl_spare_init(cl_spare *s, const cleat_allocator *mem, size_t most);

/* Gives back what is kept. */
void cl_spare_drop(cl_spare *s);

#endif
