/* Decoders and encoders, made from messages.def. */
#include "messages.h"

#include "../libcore/base/alloc.h"
#include "../libcore/base/ct.h"
#include "../libcore/wire/reader.h"
#include "../libcore/wire/writer.h"

static void get_number(cl_reader *r, uint8_t want)
{
    if (cl_get_u8(r) != want)
        cl_reader_fault(r);
}

#define MSG(name, number_, sender_, states_)                                                       \
    cleat_status monitor_decode_##name(cleat_slice bytes, monitor_##name *m)                       \
    {                                                                                              \
        cl_reader r = cl_reader_of(bytes);                                                         \
        get_number(&r, (number_));
#define END(name)                                                                                  \
    return cl_reader_done(&r);                                                                     \
    }
#define U32(field) m->field = cl_get_u32(&r);
#define U64(field) m->field = cl_get_u64(&r);
#define BOOL(field) m->field = cl_get_bool(&r);
#define CHARS(field) m->field = cl_get_text(&r);
#define BYTES(field) m->field = cl_get_string(&r);
#define SECRET(field) m->field = cl_get_string(&r);
#include "messages.def"
#undef MSG
#undef END
#undef U32
#undef U64
#undef BOOL
#undef CHARS
#undef BYTES
#undef SECRET

static cleat_status hand_over(cl_buf *b, monitor_packet *out)
{
    cleat_status st = b->status;
    *out = (monitor_packet){0};
    if (st == CLEAT_OK)
        out->data = cl_buf_take(b, &out->len);
    cl_buf_free(b);
    return st;
}

void monitor_packet_free(monitor_packet *p)
{
    if (p->data)
        cl_wipe(p->data, p->len);
    cl_alloc_free(&cl_alloc_default, p->data);
    *p = (monitor_packet){0};
}

#define MSG(name, number_, sender_, states_)                                                       \
    cleat_status monitor_encode_##name(monitor_packet *out, const monitor_##name *m)               \
    {                                                                                              \
        cl_buf b = CL_BUF_SECRET(&cl_alloc_default);                                               \
        b.max = MONITOR_MESSAGE_MAX;                                                               \
        cl_put_u8(&b, (number_));
#define END(name)                                                                                  \
    return hand_over(&b, out);                                                                     \
    }
#define U32(field) cl_put_u32(&b, m->field);
#define U64(field) cl_put_u64(&b, m->field);
#define BOOL(field) cl_put_bool(&b, m->field);
#define CHARS(field) cl_put_string(&b, m->field);
#define BYTES(field) cl_put_string(&b, m->field);
#define SECRET(field) cl_put_string(&b, m->field);
#include "messages.def"
#undef MSG
#undef END
#undef U32
#undef U64
#undef BOOL
#undef CHARS
#undef BYTES
#undef SECRET

/* ---- what may come when ---- */

static const struct {
    uint8_t number, sender, states;
} rules[] = {
#define MSG(name, number_, sender_, states_)                                                       \
    {(number_), MONITOR_FROM_##sender_, MONITOR_IN_##states_},
#define END(name)
#define U32(field)
#define U64(field)
#define BOOL(field)
#define CHARS(field)
#define BYTES(field)
#define SECRET(field)
#include "messages.def"
};

uint8_t monitor_number(cleat_slice bytes)
{
    return bytes.len ? bytes.data[0] : 0;
}

bool monitor_allows(uint8_t number, unsigned sender, unsigned state)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (rules[i].number == number)
            return (rules[i].sender & sender) && (rules[i].states & state);
    }
    return false;
}
