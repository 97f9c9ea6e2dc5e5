/* Decoders and encoders, made from messages.def. */
#include "messages.h"

#include "namelist.h"

static void get_number(cl_reader *r, uint8_t want, uint8_t *number)
{
    *number = cl_get_u8(r);
    if (*number != want)
        cl_reader_fault(r);
}

static cleat_slice get_names(cl_reader *r)
{
    cleat_slice list = cl_get_string(r);
    if (cl_namelist_valid(list))
        return list;
    cl_reader_fault(r);
    return CL_SLICE_EMPTY;
}

#define MSG(name, number_)                                                                         \
    cleat_status cl_decode_##name(cleat_slice payload, cl_msg_##name *m)                           \
    {                                                                                              \
        cl_reader r = cl_reader_of(payload);                                                       \
        get_number(&r, (number_), &m->number);
#define END(name)                                                                                  \
    return cl_reader_done(&r);                                                                     \
    }
#define U32(field) m->field = cl_get_u32(&r);
#define BOOL(field) m->field = cl_get_bool(&r);
#define TEXT(field) m->field = cl_get_text(&r);
#define BYTES(field) m->field = cl_get_string(&r);
#define SECRET(field) m->field = cl_get_string(&r);
#define NAMES(field) m->field = get_names(&r);
#define MPINT(field) m->field = cl_get_mpint(&r);
#define REST(field) m->field = cl_get_rest(&r);
#include "messages.def"
#undef MSG
#undef END
#undef U32
#undef BOOL
#undef TEXT
#undef BYTES
#undef SECRET
#undef NAMES
#undef MPINT
#undef REST

#define MSG(name, number_)                                                                         \
    void cl_encode_##name(cl_buf *b, const cl_msg_##name *m)                                       \
    {                                                                                              \
        (void)m;                                                                                   \
        cl_put_u8(b, (number_));
#define END(name) }
#define U32(field) cl_put_u32(b, m->field);
#define BOOL(field) cl_put_bool(b, m->field);
#define TEXT(field) cl_put_string(b, m->field);
#define BYTES(field) cl_put_string(b, m->field);
#define SECRET(field) cl_put_string(b, m->field);
#define NAMES(field) cl_put_string(b, m->field);
#define MPINT(field) cl_put_mpint(b, m->field);
#define REST(field) cl_buf_add_slice(b, m->field);
#include "messages.def"
