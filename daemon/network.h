/* The network process: everything that comes from the wire is read here, with no rights at all. */
#ifndef CLEATD_NETWORK_H
#define CLEATD_NETWORK_H

#include "part.h"

/* Serves the client at the other end of `socket`, with the monitor at the other end of `monitor`;
 * both are taken. Does not come back. */
_Noreturn void network_main(connection *c, int socket, int monitor);

/* Serves clients that the listener, at the other end of that socket, hands over, until it hangs up
 * and the last has gone. The socket is taken. Does not come back. */
_Noreturn void network_worker_main(server *s, int listener);

#endif
