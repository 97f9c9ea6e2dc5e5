/* SFTP's messages, made from sftp_messages.def: for MSG(read, 5) there are
 *
 *     cl_sftp_read                               the fields; slices are views
 *     cl_sftp_decode_read(fields, version, &m)   fields: what follows type and id (cl_sftp_head)
 *     cl_sftp_encode_read(buf, id, version, &m)  appends a whole packet, its length first
 *
 * and CL_SFTP_read, its number. An EXT has CL_SFTP_NAME_x, its name, instead; its fields are what
 * follows that. A REPLY is an EXTENDED_REPLY with these fields. INIT and VERSION: sftp_version.h.
 */
#ifndef CL_SERVICE_SFTP_MESSAGES_H
#define CL_SERVICE_SFTP_MESSAGES_H

#include "sftp_proto.h"

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
#define MSG(name, number_) enum { CL_SFTP_##name = (number_) };
#define EXT(name, wire)
#define REPLY(name)
#include "sftp_messages.def"
#undef MSG
#undef EXT
#undef REPLY
#define MSG(name, number_)
#define EXT(name, wire) extern const char CL_SFTP_NAME_##name[];
#define REPLY(name)
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

#define MSG(name, number_) typedef struct cl_sftp_##name {
#define EXT(name, wire) typedef struct cl_sftp_##name {
#define REPLY(name) typedef struct cl_sftp_##name {
#define END(name)                                                                                  \
    char end_; /* a struct needs a member */                                                       \
    }                                                                                              \
    cl_sftp_##name;                                                                                \
    CLEAT_MUST_USE cleat_status cl_sftp_decode_##name(cleat_slice fields, unsigned version,        \
                                                      cl_sftp_##name *m);                          \
    void cl_sftp_encode_##name(cl_buf *b, uint32_t id, unsigned version, const cl_sftp_##name *m);
#define U32(field) uint32_t field;
#define U32_FROM(version_, field) uint32_t field;
#define U32_UPTO(version_, field) uint32_t field;
#define U64(field) uint64_t field;
#define BOOL(field) bool field;
#define TEXT(field) cleat_slice field;
#define BYTES(field) cleat_slice field;
#define ATTRS(field) cleat_sftp_attrs field;
#define REST(field) cleat_slice field;
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

#endif
