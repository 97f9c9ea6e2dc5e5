/* Forwardings that begin here: connections that have arrived for a client (ssh -R, -A, -X). */
#ifndef CLEATD_ARRIVAL_H
#define CLEATD_ARRIVAL_H

#include "server.h"

/* A port or a UNIX socket that the client has us listen at. */
struct remote_port {
    remote_port *next;
    connection *c;
    void *work;     /* the runner's */
    uint64_t query; /* to be answered; 0: nobody waits */
    char *path;     /* of a socket; NULL: */
    char *host;     /* of a port */
    uint16_t port;  /* as it was asked for; then the one it is */
    bool any;       /* port 0 was asked for */
};

/* CLEAT_EV_GLOBAL_REQUEST: true if it was about listening. */
bool listen_request(connection *c, const cleat_event *ev);

/* The runner's answer. port: the one that is listened at. */
void listen_answered(remote_port *l, bool done, uint16_t port);

/* The connection has ended. */
void listen_stop(connection *c);

/* Opens a channel to the client for what has arrived; the stream is taken. origin: of a port. */
void listen_arrived(const remote_port *l, cleat_stream *stream, const char *origin,
                    uint16_t origin_port);
void agent_arrived(connection *c, cleat_stream *stream);
void x11_arrived(connection *c, cleat_stream *stream, const char *origin, uint16_t origin_port);

#endif
