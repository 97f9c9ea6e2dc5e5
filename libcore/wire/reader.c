/* Reading SSH's data types with a sticky fault. */
#include "reader.h"

cl_reader cl_reader_of(cleat_slice s)
{
    return (cl_reader){.at = s.data, .left = s.len, .fault = CLEAT_OK};
}

cleat_slice cl_get_bytes(cl_reader *r, size_t n)
{
    if (r->fault != CLEAT_OK || n > r->left) {
        if (r->fault == CLEAT_OK)
            r->fault = CLEAT_E_TRUNCATED;
        r->left = 0;
        return CL_SLICE_EMPTY;
    }
    cleat_slice s = cl_slice(r->at, n);
    r->at += n;
    r->left -= n;
    return s;
}

uint8_t cl_get_u8(cl_reader *r)
{
    cleat_slice s = cl_get_bytes(r, 1);
    return s.len ? s.data[0] : 0;
}

uint32_t cl_get_u32(cl_reader *r)
{
    cleat_slice s = cl_get_bytes(r, 4);
    if (s.len != 4)
        return 0;
    return (uint32_t)s.data[0] << 24 | (uint32_t)s.data[1] << 16 | (uint32_t)s.data[2] << 8 |
           s.data[3];
}

uint64_t cl_get_u64(cl_reader *r)
{
    uint64_t high = cl_get_u32(r);
    return high << 32 | cl_get_u32(r);
}

bool cl_get_bool(cl_reader *r)
{
    return cl_get_u8(r) != 0;
}

cleat_slice cl_get_string(cl_reader *r)
{
    return cl_get_bytes(r, cl_get_u32(r));
}

cleat_slice cl_get_rest(cl_reader *r)
{
    return cl_get_bytes(r, r->left);
}

cleat_slice cl_get_text(cl_reader *r)
{
    cleat_slice s = cl_get_string(r);
    if (s.len && memchr(s.data, 0, s.len)) {
        cl_reader_fault(r);
        return CL_SLICE_EMPTY;
    }
    return s;
}

cleat_slice cl_get_mpint(cl_reader *r)
{
    cleat_slice s = cl_get_string(r);
    if (s.len == 0)
        return s;
    bool padded = s.data[0] == 0;
    bool negative = (s.data[0] & 0x80) != 0;
    bool longer_than_needed = padded && (s.len == 1 || (s.data[1] & 0x80) == 0);
    if (negative || longer_than_needed) {
        cl_reader_fault(r);
        return CL_SLICE_EMPTY;
    }
    return padded ? cl_slice_cut(s, 1, s.len) : s;
}

void cl_reader_fault(cl_reader *r)
{
    if (r->fault == CLEAT_OK)
        r->fault = CLEAT_E_FORMAT;
    r->left = 0;
}

cleat_status cl_reader_done(const cl_reader *r)
{
    if (r->fault != CLEAT_OK)
        return r->fault;
    return r->left ? CLEAT_E_FORMAT : CLEAT_OK;
}
