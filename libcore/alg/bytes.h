/* Handing a buffer over to the caller as cleat_bytes. */
#ifndef CL_ALG_BYTES_H
#define CL_ALG_BYTES_H

#include "../base/buf.h"

#include <cleat/bytes.h>

/* Moves the buffer's memory to out, which takes a reference to ctx. The buffer must come from the
 * context's allocator; it is empty afterwards, also on failure. Its sticky error is returned. */
CLEAT_MUST_USE cleat_status cl_bytes_from_buf(cleat_bytes *out, cleat_ctx *ctx, cl_buf *buf);

#endif
