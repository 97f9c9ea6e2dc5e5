/* The version exchange (RFC 4253 §4.2). */
#ifndef CL_TRANSPORT_HELLO_H
#define CL_TRANSPORT_HELLO_H

#include "packet_rx.h"
#include "packet_tx.h"

#include <cleat/algo.h>

/* Longest identification line, CR LF included. */
#define CL_HELLO_LINE_MAX 255

typedef struct cl_hello {
    cleat_role role;
    cleat_error *error;
    char ours[CL_HELLO_LINE_MAX + 1];
    char theirs[CL_HELLO_LINE_MAX + 1]; /* "" until it came */
    uint32_t lines;                     /* that a server sent before its identification */
} cl_hello;

/* software: after "SSH-2.0-"; printable ASCII. CLEAT_E_BAD_CALL when it does not fit or holds
 * anything else. */
CLEAT_MUST_USE cleat_status cl_hello_init(cl_hello *h, cleat_role role, cleat_error *error,
                                          const char *software);

CLEAT_MUST_USE cleat_status cl_hello_send(cl_hello *h, cl_tx *tx);

/* CLEAT_OK once theirs is set, CLEAT_PENDING while bytes are missing. */
CLEAT_MUST_USE cleat_status cl_hello_receive(cl_hello *h, cl_rx *rx);

/* True when the peer's software version starts so, e.g. "OpenSSH". */
bool cl_hello_peer_is(const cl_hello *h, const char *software);

#endif
