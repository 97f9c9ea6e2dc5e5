/* Memory for secrets: fixed capacity, wiped when overwritten and when freed, and a type of its
 * own so that no printing or logging call accepts it. */
#ifndef CL_BASE_SECRET_H
#define CL_BASE_SECRET_H

#include <cleat/types.h>

typedef struct cl_secret {
    const cleat_allocator *mem;
    uint8_t *data;
    size_t len;
    size_t cap;
} cl_secret;

/* Takes memory for up to cap bytes; len is 0. A zeroed cl_secret can be freed. */
CLEAT_MUST_USE cleat_status cl_secret_init(cl_secret *s, const cleat_allocator *mem, size_t cap);

/* Replaces the content; CLEAT_E_LIMIT when it does not fit. */
CLEAT_MUST_USE cleat_status cl_secret_set(cl_secret *s, const void *data, size_t len);

/* init + set with just the room needed; what the secret held before is freed. */
CLEAT_MUST_USE cleat_status cl_secret_dup(cl_secret *s, const cleat_allocator *mem,
                                          const void *data, size_t len);

/* Wipes the content and keeps the memory. */
void cl_secret_clear(cl_secret *s);

/* Wipes, frees and zeroes. */
void cl_secret_free(cl_secret *s);

#endif
