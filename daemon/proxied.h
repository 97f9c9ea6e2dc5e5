/* Clients that come through a load balancer (ProxyProtocolFrom): its PROXY header says where from.
 * In system mode a process without rights reads it, since the listener reads nothing that comes
 * from the network. */
#ifndef CLEATD_PROXIED_H
#define CLEATD_PROXIED_H

#include "server.h"

/* Whether that is a load balancer's address. */
bool proxied_is_from(const server *s, const char *address);

/* Takes the stream, and begins a connection on it once its header is there. */
void proxied_take(server *s, cleat_stream *stream);

/* Whether anybody waits. */
bool proxied_has_any(const server *s);

/* Whoever waits is sent away, and there will be no more. */
void proxied_stop(server *s);

/* In a process that has split off: closes what the listener has open for them. NULL is fine. */
void proxied_let_go(const proxied *p);

/* The process that reads headers for the listener, at the other end of that socket, which is taken.
 * Does not come back. */
_Noreturn void proxied_main(server *s, int listener);

/* How long a header may take. */
enum { PROXIED_MS = 10000 };

#endif
