/* The user's side of direct-tcpip: whether it may be, and the connection. */
#ifndef CLEATD_DIALLING_H
#define CLEATD_DIALLING_H

#include "server.h"

/* A connection that a client wants from here. */
typedef struct dialling_to {
    const char *host, *origin;
    uint16_t port, origin_port;
} dialling_to;

typedef struct dialling dialling;

/* stream NULL: reason and text say why there is none. */
typedef void (*dialling_cb)(void *user, cleat_stream *stream, uint32_t reason, const char *text);

/* Calls back, maybe at once. *out stays NULL where there is nothing to cancel. */
void dialling_start(dialling **out, const connection *c, const dialling_to *to, dialling_cb done,
                    void *user);
void dialling_cancel(dialling *d);

#endif
