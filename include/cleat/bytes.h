/* Bytes that the library made and the caller owns. */
#ifndef CLEAT_BYTES_H
#define CLEAT_BYTES_H

#include <cleat/ctx.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Made by the call that takes a `cleat_bytes *`, which sets it to empty first; free it in either
 * case. data[len] is a zero byte, so that text can be used as a C string. Treat as read-only. */
typedef struct cleat_bytes {
    uint8_t *data;
    size_t len;
    size_t cap;     /* the library's */
    cleat_ctx *ctx; /* the library's */
} cleat_bytes;

/* Wipes and frees the bytes and empties the struct. NULL and an empty struct are fine. */
CLEAT_API void cleat_bytes_free(cleat_bytes *bytes);

#ifdef __cplusplus
}
#endif
#endif
