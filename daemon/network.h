/* The network process: everything that comes from the wire is read here, with no rights at all. */
#ifndef CLEATD_NETWORK_H
#define CLEATD_NETWORK_H

#include "part.h"

/* Serves the client at the other end of `socket`, with the monitor at the other end of `monitor`;
 * both are taken. Does not come back. */
_Noreturn void network_main(connection *c, int socket, int monitor);

#endif
