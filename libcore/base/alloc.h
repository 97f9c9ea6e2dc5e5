/* All memory of the library goes through these calls. */
#ifndef CL_BASE_ALLOC_H
#define CL_BASE_ALLOC_H

#include <cleat/types.h>

/* The allocator used when a context is given none: malloc and free. */
extern const cleat_allocator cl_alloc_default;

/* Zeroed memory, or NULL. A size of 0 gives a block that can be freed. */
void *cl_alloc_zero(const cleat_allocator *mem, size_t size);

/* count * size zeroed bytes with an overflow check, or NULL. */
void *cl_alloc_array(const cleat_allocator *mem, size_t count, size_t size);

/* As realloc for an array of count elements; the old block stays valid on NULL. */
void *cl_alloc_resize_array(const cleat_allocator *mem, void *old, size_t count, size_t size);

/* A copy with a final zero byte that len does not count, or NULL. */
char *cl_alloc_text(const cleat_allocator *mem, cleat_slice text);

/* NULL is fine. */
void cl_alloc_free(const cleat_allocator *mem, void *block);

#endif
