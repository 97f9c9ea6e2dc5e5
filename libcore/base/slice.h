/* Helpers on borrowed byte views. */
#ifndef CL_BASE_SLICE_H
#define CL_BASE_SLICE_H

#include <cleat/types.h>

#include <string.h>

#define CL_SLICE_EMPTY ((cleat_slice){(const uint8_t *)"", 0})
#define CL_SLICE_LIT(text) ((cleat_slice){(const uint8_t *)(text), sizeof(text) - 1})

static inline cleat_slice cl_slice(const void *data, size_t len)
{
    return len ? (cleat_slice){data, len} : CL_SLICE_EMPTY;
}

/* Bytes from..to (to not included), both clamped to the slice. */
cleat_slice cl_slice_cut(cleat_slice s, size_t from, size_t to);

/* True when the slice holds exactly the bytes of the C string. */
bool cl_slice_is(cleat_slice s, const char *text);

bool cl_slice_starts(cleat_slice s, const char *prefix);
bool cl_slice_ends(cleat_slice s, const char *suffix);

/* True when the bytes of `part`, which is not empty, stand somewhere in the slice. */
bool cl_slice_has(cleat_slice s, cleat_slice part);

/* ASCII case ignored. */
bool cl_slice_is_nocase(cleat_slice s, const char *text);

/* Cuts the bytes before the first `separator` off *rest; false when *rest is used up. A rest
 * without separator is the last piece; "" gives no piece at all. */
bool cl_slice_split(cleat_slice *rest, char separator, cleat_slice *piece);

/* Cuts the first line off *rest; false when *rest is used up. The line comes without its end, which
 * is "\n", "\r\n", or where the text stops "\r" or nothing; `end` may be NULL. */
bool cl_slice_line(cleat_slice *rest, cleat_slice *line, cleat_slice *end);

/* The same without a look at the line; *rest is not empty. */
static inline void cl_slice_skip_line(cleat_slice *rest)
{
    const uint8_t *end = memchr(rest->data, '\n', rest->len);
    size_t len = end ? (size_t)(end - rest->data) + 1 : rest->len;
    rest->data += len;
    rest->len -= len;
}

/* Without ASCII blanks and tabs at both ends. */
cleat_slice cl_slice_trim(cleat_slice s);

/* Decimal digits only, no sign, no overflow past max. */
bool cl_slice_to_u64(cleat_slice s, uint64_t max, uint64_t *value);

#endif
