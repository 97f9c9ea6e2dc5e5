/* A growing byte buffer with a cap and a sticky error: appends after a failure do nothing, and one
 * check at the end tells. Also the place where lengths are added up. */
#ifndef CL_BASE_BUF_H
#define CL_BASE_BUF_H

#include <cleat/types.h>

/* Default cap: nothing the library builds in one piece is larger. */
#define CL_BUF_MAX ((size_t)64 << 20)

typedef struct cl_buf {
    const cleat_allocator *mem;
    uint8_t *data;
    size_t len;
    size_t cap;
    size_t max;          /* 0 means CL_BUF_MAX */
    cleat_status status; /* CLEAT_OK, CLEAT_E_NOMEM, CLEAT_E_LIMIT */
    bool secret;         /* wipe when it grows, shrinks or is freed */
} cl_buf;

#define CL_BUF(allocator) ((cl_buf){.mem = (allocator)})
#define CL_BUF_SECRET(allocator) ((cl_buf){.mem = (allocator), .secret = true})

/* Room for n more bytes, counted into len at once; NULL after a failure. Contents undefined. */
uint8_t *cl_buf_extend(cl_buf *b, size_t n);

/* Makes sure that n more bytes can be appended without another allocation. */
void cl_buf_reserve(cl_buf *b, size_t n);

void cl_buf_add(cl_buf *b, const void *data, size_t len);
void cl_buf_add_slice(cl_buf *b, cleat_slice s);
void cl_buf_add_text(cl_buf *b, const char *text);
void cl_buf_add_byte(cl_buf *b, uint8_t byte);
void cl_buf_printf(cl_buf *b, const char *format, ...) CLEAT_PRINTF(2, 3);

/* Drops n bytes at the front by moving the rest; n may not exceed len. */
void cl_buf_drop(cl_buf *b, size_t n);

/* Cuts to the first len bytes. */
void cl_buf_truncate(cl_buf *b, size_t len);

/* Forgets content and error, keeps the memory. */
void cl_buf_reset(cl_buf *b);

/* Frees the memory; the buffer can be used again. */
void cl_buf_free(cl_buf *b);

/* A view, valid until the buffer changes. */
cleat_slice cl_buf_slice(const cl_buf *b);

/* The content as a C string: appends a zero byte that len does not count. NULL on failure. */
const char *cl_buf_text(cl_buf *b);

/* Hands the memory over to the caller (cl_alloc_free) and empties the buffer. */
uint8_t *cl_buf_take(cl_buf *b, size_t *len);

#endif
