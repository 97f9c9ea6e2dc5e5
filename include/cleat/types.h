/* Small types that every other header uses. */
#ifndef CLEAT_TYPES_H
#define CLEAT_TYPES_H

#include <cleat/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A borrowed view of bytes; never NULL with a length. Who owns the bytes, and until when,
 * is said where a slice is handed out. */
typedef struct cleat_slice {
    const uint8_t *data;
    size_t len;
} cleat_slice;

/* View of a C string without its final zero; an empty slice for NULL. */
CLEAT_API cleat_slice cleat_slice_of(const char *text);

/* True when both hold the same bytes. Not for secrets: its time depends on the content. */
CLEAT_API bool cleat_slice_equal(cleat_slice a, cleat_slice b);

/* Options structs: first member `size_t struct_size`, zero means default for every member, members
 * are only ever appended. So a struct needs `.struct_size = sizeof it` and what is to differ.
 *
 * cleat_options_import is for libraries that take such structs: it copies what both sides know and
 * zeroes the rest. False when the caller, compiled against a newer header, sets something that this
 * build does not know: that must not be ignored. known: sizeof *dst. */
CLEAT_API CLEAT_MUST_USE bool cleat_options_import(void *dst, size_t known, const void *src);

/* What happened, in the object it happened to. Valid until the next call on that object. */
typedef struct cleat_error {
    cleat_status status;
    int os_error;            /* errno or GetLastError(), 0 if none */
    unsigned long lib_error; /* OpenSSL's error code, 0 if none */
    char text[512];          /* a sentence with the offending value; NUL-terminated */
} cleat_error;

/* Memory comes from here. `resize` follows realloc(), `release` accepts NULL. The library calls
 * it from whatever thread calls the library. All three must be set. */
typedef struct cleat_allocator {
    size_t struct_size; /* sizeof(cleat_allocator) */
    void *user;
    void *(*resize)(void *user, void *old, size_t size); /* old == NULL: a new block */
    void (*release)(void *user, void *block);
} cleat_allocator;

/* Random bytes: fills all of `out` or returns an error. */
typedef struct cleat_random {
    size_t struct_size; /* sizeof(cleat_random) */
    void *user;
    cleat_status (*fill)(void *user, uint8_t *out, size_t len);
} cleat_random;

#ifdef __cplusplus
}
#endif
#endif
