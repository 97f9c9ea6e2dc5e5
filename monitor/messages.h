/* The messages between the processes of cleatd in system mode, made from messages.def: for
 * MSG(sign, 1, NETWORK, ANY) there are
 *
 *     MONITOR_sign                         the number
 *     monitor_sign                         the fields; slices are views into the bytes
 *     monitor_decode_sign(bytes, &m)       checks number, fields and that nothing is left
 *     monitor_encode_sign(&bytes, &m)      a whole message; freed by monitor_packet_free
 *
 * A message is one datagram: a byte for its number, then the fields as RFC 4251 §5 writes them. */
#ifndef MONITOR_MESSAGES_H
#define MONITOR_MESSAGES_H

#include <cleat/types.h>

/* No message is longer. */
enum { MONITOR_MESSAGE_MAX = 128 << 10 };

typedef struct monitor_packet {
    uint8_t *data;
    size_t len;
} monitor_packet;

/* Wipes it. An empty one is fine. */
void monitor_packet_free(monitor_packet *p);

/* Who sends a message. */
enum {
    MONITOR_FROM_NETWORK = 1,
    MONITOR_FROM_MONITOR = 2,
    MONITOR_FROM_RUNNER = 4, /* the session process */
    MONITOR_FROM_LISTENER = 8,
    MONITOR_FROM_BOTH = MONITOR_FROM_NETWORK | MONITOR_FROM_RUNNER
};

/* When: before the user is logged in, or with a session. */
enum {
    MONITOR_IN_LOGIN = 1,
    MONITOR_IN_SESSION = 2,
    MONITOR_IN_ANY = MONITOR_IN_LOGIN | MONITOR_IN_SESSION
};

#define END(name)
#define U32(field)
#define U64(field)
#define BOOL(field)
#define CHARS(field)
#define BYTES(field)
#define SECRET(field)
#define MSG(name, number_, sender_, states_) enum { MONITOR_##name = (number_) };
#include "messages.def"
#undef MSG
#undef END
#undef U32
#undef U64
#undef BOOL
#undef CHARS
#undef BYTES
#undef SECRET

#define MSG(name, number_, sender_, states_) typedef struct monitor_##name {
#define END(name)                                                                                  \
    }                                                                                              \
    monitor_##name;                                                                                \
    CLEAT_MUST_USE cleat_status monitor_decode_##name(cleat_slice bytes, monitor_##name *m);       \
    CLEAT_MUST_USE cleat_status monitor_encode_##name(monitor_packet *out, const monitor_##name *m);
#define U32(field) uint32_t field;
#define U64(field) uint64_t field;
#define BOOL(field) bool field;
#define CHARS(field) cleat_slice field;
#define BYTES(field) cleat_slice field;
#define SECRET(field) cleat_slice field;
#include "messages.def"
#undef MSG
#undef END
#undef U32
#undef U64
#undef BOOL
#undef CHARS
#undef BYTES
#undef SECRET

/* The message's number; 0 for nothing. */
uint8_t monitor_number(cleat_slice bytes);

/* Whether that message may come from that sender in that state. */
bool monitor_allows(uint8_t number, unsigned sender, unsigned state);

#endif
