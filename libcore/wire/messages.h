/* Messages of fixed shape, made from messages.def: for MSG(ping, 192) there are
 *
 *     CL_MSG_ping                                the number
 *     cl_msg_ping                                the fields; slices are views into the payload
 *     cl_decode_ping(payload, &m)                checks number, fields and that nothing is left
 *     cl_encode_ping(buf, &m)                    appends number and fields
 *
 * Numbers used by no MSG: KEXINIT and EXT_INFO, INFO_REQUEST and INFO_RESPONSE have variable shapes
 * and files of their own. */
#ifndef CL_WIRE_MESSAGES_H
#define CL_WIRE_MESSAGES_H

#include "reader.h"
#include "writer.h"

enum {
    CL_MSG_ext_info = 7,
    CL_MSG_kexinit = 20,
    CL_MSG_kex_first = 30,
    CL_MSG_kex_last = 49,
    CL_MSG_method_first = 60,
    CL_MSG_method_last = 79,
    CL_MSG_info_request = 60,
    CL_MSG_info_response = 61,
};

#define END(name)
#define U32(field)
#define BOOL(field)
#define TEXT(field)
#define BYTES(field)
#define SECRET(field)
#define NAMES(field)
#define MPINT(field)
#define REST(field)
#define MSG(name, number_) enum { CL_MSG_##name = (number_) };
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
    typedef struct cl_msg_##name {                                                                 \
        uint8_t number; /* set by the decoder, ignored by the encoder */
#define END(name)                                                                                  \
    }                                                                                              \
    cl_msg_##name;                                                                                 \
    CLEAT_MUST_USE cleat_status cl_decode_##name(cleat_slice payload, cl_msg_##name *m);           \
    void cl_encode_##name(cl_buf *b, const cl_msg_##name *m);
#define U32(field) uint32_t field;
#define BOOL(field) bool field;
#define TEXT(field) cleat_slice field;
#define BYTES(field) cleat_slice field;
#define SECRET(field) cleat_slice field;
#define NAMES(field) cleat_slice field;
#define MPINT(field) cleat_slice field;
#define REST(field) cleat_slice field;
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

/* The message's name, e.g. "CHANNEL_DATA"; "kex 31", "method 60" where the number's meaning depends
 * on the dialogue; "unknown". Static storage. */
const char *cl_message_name(uint8_t number);

/* One line for the log: the name and the fields, secrets and bulk data as lengths only. */
void cl_message_trace(cl_buf *out, cleat_slice payload);

#endif
