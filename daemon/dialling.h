/* The user's side of direct-tcpip and direct-streamlocal@openssh.com: whether it may be, and the
 * connection. */
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

/* A connection to the UNIX socket at this path, which is there at once. -1: reason is for the wire
 * (CLEAT_OPEN_*), and error says why. */
int dialling_socket(const connection *c, const char *path, uint32_t *reason, cleat_error *error);

#endif
