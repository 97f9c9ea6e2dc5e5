/* The user's side of tcpip-forward, streamlocal-forward@openssh.com, agents and displays: listening
 * for a client. */
#ifndef CLEATD_AWAITING_H
#define CLEATD_AWAITING_H

#include "server.h"

typedef struct awaiting awaiting;
typedef struct awaiting_socket awaiting_socket;
typedef struct awaiting_agent awaiting_agent;
typedef struct awaiting_x11 awaiting_x11;

/* A connection to the port has arrived; the stream is taken. */
typedef void (*awaiting_cb)(void *user, cleat_stream *stream);

/* Listens where the client wants it, as far as it may. *port: 0 for any; gets the one it is. False:
 * it may not, or cannot. */
bool awaiting_start(awaiting **out, const connection *c, const char *host, uint16_t *port,
                    awaiting_cb arrived, void *user);

/* NULL is fine. */
void awaiting_end(awaiting *a);

/* A connection to the socket; the descriptor is taken. */
typedef void (*awaiting_socket_cb)(void *user, int fd);

/* Listens at a new socket, as far as the client may have it. NULL: it may not, or cannot. */
awaiting_socket *awaiting_socket_start(const connection *c, const char *path,
                                       awaiting_socket_cb arrived, void *user);

/* The same, without asking whether it may. mask, replace: port_local_bind. */
awaiting_socket *awaiting_socket_open(const connection *c, const char *path, unsigned mask,
                                      bool replace, awaiting_socket_cb arrived, void *user);

/* The socket's file is gone. NULL is fine. */
void awaiting_socket_end(awaiting_socket *a);

/* Listens at a socket that only this user can reach. NULL: it may not, or cannot. */
awaiting_agent *awaiting_agent_start(const connection *c, awaiting_socket_cb arrived, void *user);
const char *awaiting_agent_path(const awaiting_agent *a);

/* The socket is gone. NULL is fine. */
void awaiting_agent_end(awaiting_agent *a);

/* What x11-req asks for (RFC 4254 §6.3.1). */
typedef struct awaiting_display {
    const char *protocol, *cookie;
    uint32_t screen;
    bool single; /* for one connection */
} awaiting_display;

/* Listens as a display. NULL: it may not, or cannot. */
awaiting_x11 *awaiting_x11_start(const connection *c, const awaiting_display *display,
                                 awaiting_cb arrived, void *user);

/* What DISPLAY shall say; what an rc file reads (sshd(8), SSHRC); and what xauth does. */
const char *awaiting_x11_display(const awaiting_x11 *a);
const char *awaiting_x11_for_rc(const awaiting_x11 *a);
const char *awaiting_x11_for_xauth(const awaiting_x11 *a);

/* NULL is fine. */
void awaiting_x11_end(awaiting_x11 *a);

#endif
