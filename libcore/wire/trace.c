/* Names and redacted contents of messages for the log, made from messages.def. Passwords and keys
 * travel in REST and BYTES fields, so only TEXT, NAMES, numbers and truth values are shown. */
#include "messages.h"

#include "../base/compat.h"

static void show_text(cl_buf *out, const char *field, cleat_slice s)
{
    cl_buf_printf(out, " %s=%.*s", field, (int)(s.len > 256 ? 256 : s.len), (const char *)s.data);
}

#define MSG(name, number_)                                                                         \
    static void trace_##name(cl_buf *out, cleat_slice payload)                                     \
    {                                                                                              \
        cl_msg_##name m;                                                                           \
        if (cl_decode_##name(payload, &m) != CLEAT_OK) {                                           \
            cl_buf_printf(out, " malformed");                                                      \
            return;                                                                                \
        }
#define END(name) }
#define U32(field) cl_buf_printf(out, " " #field "=%u", (unsigned)m.field);
#define BOOL(field) cl_buf_printf(out, " " #field "=%d", m.field);
#define TEXT(field) show_text(out, #field, m.field);
#define BYTES(field) cl_buf_printf(out, " " #field "=[%zu bytes]", m.field.len);
#define SECRET(field) cl_buf_printf(out, " " #field "=[redacted]");
#define NAMES(field) show_text(out, #field, m.field);
#define MPINT(field) cl_buf_printf(out, " " #field "=[%zu bytes]", m.field.len);
#define REST(field) cl_buf_printf(out, " " #field "=[%zu bytes]", m.field.len);
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

typedef struct trace_row {
    uint8_t number;
    const char *name;
    void (*trace)(cl_buf *out, cleat_slice payload);
} trace_row;

static const trace_row rows[] = {
#define MSG(name, number_) {(number_), #name, trace_##name},
#define END(name)
#define U32(field)
#define BOOL(field)
#define TEXT(field)
#define BYTES(field)
#define SECRET(field)
#define NAMES(field)
#define MPINT(field)
#define REST(field)
#include "messages.def"
};

static bool depends_on_dialogue(uint8_t number)
{
    return (number >= CL_MSG_kex_first && number <= CL_MSG_kex_last) ||
           (number >= CL_MSG_method_first && number <= CL_MSG_method_last);
}

static const trace_row *find(uint8_t number)
{
    for (size_t i = 0; i < CL_COUNT(rows); i++) {
        if (rows[i].number == number && !depends_on_dialogue(number))
            return &rows[i];
    }
    return NULL;
}

const char *cl_message_name(uint8_t number)
{
    const trace_row *row = find(number);
    if (row)
        return row->name;
    if (number == CL_MSG_kexinit)
        return "kexinit";
    if (number == CL_MSG_ext_info)
        return "ext_info";
    if (!depends_on_dialogue(number))
        return "unknown";
    return number <= CL_MSG_kex_last ? "kex message" : "method message";
}

void cl_message_trace(cl_buf *out, cleat_slice payload)
{
    uint8_t number = payload.len ? payload.data[0] : 0;
    const trace_row *row = find(number);
    cl_buf_printf(out, "%s (%u), %zu bytes:", cl_message_name(number), number, payload.len);
    if (row)
        row->trace(out, payload);
}
