/* direct-tcpip and direct-streamlocal@openssh.com: connections that a client makes from here (ssh
 * -L, -W, -J). */
#ifndef CLEATD_FORWARD_H
#define CLEATD_FORWARD_H

#include "server.h"

struct forward {
    channel_owner owner; /* first: the channel's user points here */
    forward *next;       /* among those that are being dialled */
    connection *c;
    void *work; /* the runner's, while it dials */
    cleat_join *join;
    uint64_t query;
    char *path;          /* of a UNIX socket; NULL: */
    char *host, *origin; /* of a port */
    uint16_t port, origin_port;
};

/* CLEAT_EV_CHANNEL_OPEN of one of those types: has it dialled, and answers later. */
void forward_open(connection *c, const cleat_event *ev);

/* The runner's answer. stream NULL: text says why not, reason is for the wire (CLEAT_OPEN_*). */
void forward_dialled(forward *f, cleat_stream *stream, uint32_t reason, const char *text);

/* The connection has ended: forgets what is still being dialled. */
void forward_stop(connection *c);

#endif
