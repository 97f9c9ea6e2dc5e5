/* A growing byte buffer with a cap and a sticky error. */
#include "buf.h"

#include "alloc.h"
#include "ct.h"
#include "slice.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { FIRST_CAP = 64 };

static size_t limit(const cl_buf *b)
{
    return b->max ? b->max : CL_BUF_MAX;
}

/* A secret buffer moves by hand, so that the old block can be wiped before it is released. */
static uint8_t *move(cl_buf *b, size_t cap)
{
    if (!b->secret)
        return b->mem->resize(b->mem->user, b->data, cap);
    uint8_t *fresh = cl_alloc_zero(b->mem, cap);
    if (!fresh)
        return NULL;
    if (b->len)
        memcpy(fresh, b->data, b->len);
    cl_wipe(b->data, b->cap);
    cl_alloc_free(b->mem, b->data);
    return fresh;
}

void cl_buf_reserve(cl_buf *b, size_t n)
{
    if (b->status != CLEAT_OK)
        return;
    if (n > limit(b) || b->len > limit(b) - n) {
        b->status = CLEAT_E_LIMIT;
        return;
    }
    if (b->len + n <= b->cap)
        return;
    size_t cap = b->cap ? b->cap : FIRST_CAP;
    while (cap < b->len + n)
        cap *= 2;
    uint8_t *fresh = move(b, cap);
    if (!fresh) {
        b->status = CLEAT_E_NOMEM;
        return;
    }
    b->data = fresh;
    b->cap = cap;
}

uint8_t *cl_buf_extend(cl_buf *b, size_t n)
{
    cl_buf_reserve(b, n ? n : 1);
    if (b->status != CLEAT_OK)
        return NULL;
    uint8_t *at = b->data + b->len;
    b->len += n;
    return at;
}

void cl_buf_add(cl_buf *b, const void *data, size_t len)
{
    if (len == 0)
        return;
    uint8_t *at = cl_buf_extend(b, len);
    if (at)
        memcpy(at, data, len);
}

void cl_buf_add_slice(cl_buf *b, cleat_slice s)
{
    cl_buf_add(b, s.data, s.len);
}

void cl_buf_add_text(cl_buf *b, const char *text)
{
    cl_buf_add(b, text, strlen(text));
}

void cl_buf_add_byte(cl_buf *b, uint8_t byte)
{
    cl_buf_add(b, &byte, 1);
}

void cl_buf_printf(cl_buf *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int need = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (need <= 0)
        return;
    cl_buf_reserve(b, (size_t)need + 1);
    if (b->status != CLEAT_OK)
        return;
    va_start(args, format);
    vsnprintf((char *)b->data + b->len, (size_t)need + 1, format, args);
    va_end(args);
    b->len += (size_t)need;
}

void cl_buf_drop(cl_buf *b, size_t n)
{
    assert(n <= b->len);
    if (n && n < b->len)
        memmove(b->data, b->data + n, b->len - n);
    b->len -= n;
    if (b->secret && n)
        cl_wipe(b->data + b->len, n);
}

void cl_buf_truncate(cl_buf *b, size_t len)
{
    if (len >= b->len)
        return;
    if (b->secret)
        cl_wipe(b->data + len, b->len - len);
    b->len = len;
}

void cl_buf_reset(cl_buf *b)
{
    cl_buf_truncate(b, 0);
    b->status = CLEAT_OK;
}

void cl_buf_free(cl_buf *b)
{
    if (b->data) {
        if (b->secret)
            cl_wipe(b->data, b->cap);
        cl_alloc_free(b->mem, b->data);
    }
    b->data = NULL;
    b->len = 0;
    b->cap = 0;
    b->status = CLEAT_OK;
}

cleat_slice cl_buf_slice(const cl_buf *b)
{
    return cl_slice(b->data, b->len);
}

const char *cl_buf_text(cl_buf *b)
{
    cl_buf_reserve(b, 1);
    if (b->status != CLEAT_OK)
        return NULL;
    b->data[b->len] = 0;
    return (const char *)b->data;
}

uint8_t *cl_buf_take(cl_buf *b, size_t *len)
{
    uint8_t *data = b->data;
    *len = b->len;
    b->data = NULL;
    b->len = 0;
    b->cap = 0;
    return data;
}
