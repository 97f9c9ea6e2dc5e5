/* SFTP's decoders and encoders, made from sftp_messages.def. */
#include "sftp_messages.h"

/* ---- names ---- */

#define END(name)
#define U32(field)
#define U32_FROM(version_, field)
#define U32_UPTO(version_, field)
#define U64(field)
#define BOOL(field)
#define TEXT(field)
#define BYTES(field)
#define ATTRS(field)
#define REST(field)
#define MSG(name, number_)
#define REPLY(name)
#define EXT(name, wire) const char CL_SFTP_NAME_##name[] = wire;
#include "sftp_messages.def"
#undef MSG
#undef EXT
#undef REPLY
#undef END
#undef U32
#undef U32_FROM
#undef U32_UPTO
#undef U64
#undef BOOL
#undef TEXT
#undef BYTES
#undef ATTRS
#undef REST

/* ---- decoders ---- */

#define DECODER(name)                                                                              \
    cleat_status cl_sftp_decode_##name(cleat_slice fields, unsigned version, cl_sftp_##name *m)    \
    {                                                                                              \
        cl_reader r = cl_reader_of(fields);                                                        \
        (void)version;                                                                             \
        *m = (cl_sftp_##name){.end_ = 0};
#define MSG(name, number_) DECODER(name)
#define EXT(name, wire) DECODER(name)
#define REPLY(name) DECODER(name)
#define END(name)                                                                                  \
    return cl_reader_done(&r);                                                                     \
    }
#define U32(field) m->field = cl_get_u32(&r);
#define U32_FROM(version_, field)                                                                  \
    if (version >= (version_))                                                                     \
        m->field = cl_get_u32(&r);
#define U32_UPTO(version_, field)                                                                  \
    if (version <= (version_))                                                                     \
        m->field = cl_get_u32(&r);
#define U64(field) m->field = cl_get_u64(&r);
#define BOOL(field) m->field = cl_get_bool(&r);
#define TEXT(field) m->field = cl_get_text(&r);
#define BYTES(field) m->field = cl_get_string(&r);
#define ATTRS(field) cl_sftp_get_attrs(&r, version, &m->field);
#define REST(field) m->field = cl_get_rest(&r);
#include "sftp_messages.def"
#undef MSG
#undef EXT
#undef REPLY
#undef END
#undef U32
#undef U32_FROM
#undef U32_UPTO
#undef U64
#undef BOOL
#undef TEXT
#undef BYTES
#undef ATTRS
#undef REST

/* ---- encoders ---- */

static size_t begin(cl_buf *b, uint8_t number, uint32_t id)
{
    size_t mark = cl_put_begin(b);
    cl_put_u8(b, number);
    cl_put_u32(b, id);
    return mark;
}

static size_t begin_extension(cl_buf *b, uint32_t id, const char *name)
{
    size_t mark = begin(b, CL_SFTP_extended, id);
    cl_put_cstring(b, name);
    return mark;
}

#define ENCODER(name, begin_)                                                                      \
    void cl_sftp_encode_##name(cl_buf *b, uint32_t id, unsigned version, const cl_sftp_##name *m)  \
    {                                                                                              \
        size_t mark = begin_;                                                                      \
        (void)version;                                                                             \
        (void)m;
#define MSG(name, number_) ENCODER(name, begin(b, (number_), id))
#define EXT(name, wire) ENCODER(name, begin_extension(b, id, CL_SFTP_NAME_##name))
#define REPLY(name) ENCODER(name, begin(b, CL_SFTP_extended_reply, id))
#define END(name)                                                                                  \
    cl_put_end(b, mark);                                                                           \
    }
#define U32(field) cl_put_u32(b, m->field);
#define U32_FROM(version_, field)                                                                  \
    if (version >= (version_))                                                                     \
        cl_put_u32(b, m->field);
#define U32_UPTO(version_, field)                                                                  \
    if (version <= (version_))                                                                     \
        cl_put_u32(b, m->field);
#define U64(field) cl_put_u64(b, m->field);
#define BOOL(field) cl_put_bool(b, m->field);
#define TEXT(field) cl_put_string(b, m->field);
#define BYTES(field) cl_put_string(b, m->field);
#define ATTRS(field) cl_sftp_put_attrs(b, version, &m->field);
#define REST(field) cl_buf_add_slice(b, m->field);
#include "sftp_messages.def"
