/* The header that a load balancer puts in front of a connection (PROXY protocol, versions 1 and 2).
 * Fed piece by piece, so that not a byte beyond it is read. */
#ifndef CLEAT_LOOP_PROXY_HEADER_H
#define CLEAT_LOOP_PROXY_HEADER_H

#include <cleat/uv.h>

enum { PROXY_HEADER_MAX = 107 }; /* a line of version 1, the longest that is kept */

typedef struct proxy_header {
    uint8_t bytes[PROXY_HEADER_MAX];
    size_t len;
    size_t passed_over; /* bytes of version 2 that are not kept: extensions, other families */
    bool ends_told;     /* where the client comes from; else it is the load balancer itself */
    cleat_stream_ends ends;
} proxy_header;

/* How many bytes are certain to belong to it and have not come; 0 once it is whole. */
size_t proxy_header_wants(const proxy_header *h);

/* Takes as many as that, or less. CLEAT_OK: it is whole; CLEAT_PENDING; CLEAT_E_PROTO. */
CLEAT_MUST_USE cleat_status proxy_header_take(proxy_header *h, cleat_slice bytes);

#endif
