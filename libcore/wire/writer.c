/* Writing SSH's data types into a buffer. */
#include "writer.h"

#include <assert.h>

void cl_store_u32(uint8_t at[4], uint32_t v)
{
    at[0] = (uint8_t)(v >> 24);
    at[1] = (uint8_t)(v >> 16);
    at[2] = (uint8_t)(v >> 8);
    at[3] = (uint8_t)v;
}

uint32_t cl_load_u32(const uint8_t at[4])
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

void cl_store_u64(uint8_t at[8], uint64_t v)
{
    cl_store_u32(at, (uint32_t)(v >> 32));
    cl_store_u32(at + 4, (uint32_t)v);
}

void cl_put_u8(cl_buf *b, uint8_t v)
{
    cl_buf_add_byte(b, v);
}

void cl_put_u32(cl_buf *b, uint32_t v)
{
    uint8_t *at = cl_buf_extend(b, 4);
    if (at)
        cl_store_u32(at, v);
}

void cl_put_u64(cl_buf *b, uint64_t v)
{
    uint8_t *at = cl_buf_extend(b, 8);
    if (at)
        cl_store_u64(at, v);
}

void cl_put_bool(cl_buf *b, bool v)
{
    cl_put_u8(b, v ? 1 : 0);
}

void cl_put_string(cl_buf *b, cleat_slice s)
{
    if (s.len > UINT32_MAX) {
        b->status = CLEAT_E_LIMIT;
        return;
    }
    cl_put_u32(b, (uint32_t)s.len);
    cl_buf_add_slice(b, s);
}

void cl_put_cstring(cl_buf *b, const char *text)
{
    cl_put_string(b, cleat_slice_of(text));
}

void cl_put_mpint(cl_buf *b, cleat_slice magnitude)
{
    size_t zeros = 0;
    while (zeros < magnitude.len && magnitude.data[zeros] == 0)
        zeros++;
    cleat_slice m = cl_slice_cut(magnitude, zeros, magnitude.len);
    bool sign = m.len && (m.data[0] & 0x80);
    cl_put_u32(b, (uint32_t)(m.len + (sign ? 1 : 0)));
    if (sign)
        cl_put_u8(b, 0);
    cl_buf_add_slice(b, m);
}

size_t cl_put_begin(cl_buf *b)
{
    size_t mark = b->len;
    cl_put_u32(b, 0);
    return mark;
}

void cl_put_end(cl_buf *b, size_t mark)
{
    if (b->status != CLEAT_OK)
        return;
    assert(mark + 4 <= b->len);
    cl_store_u32(b->data + mark, (uint32_t)(b->len - mark - 4));
}
