/* Where the connections that a client makes from here may lead: AllowTcpForwarding,
 * AllowStreamLocalForwarding, PermitOpen, and what its keys say. */
#ifndef CLEATD_REACH_H
#define CLEATD_REACH_H

#include "server.h"

bool reach_permits(const connection *c, const char *host, uint16_t port);

/* Whether a client may listen there. */
bool reach_permits_listening(const connection *c, const char *host, uint16_t port);

/* Whether it may connect to UNIX sockets, or have connections to them arrive: to any, as PermitOpen
 * and PermitListen are about ports. */
bool reach_permits_sockets(const connection *c, bool arriving);

/* Whether its sessions may use an agent of the client's. */
bool reach_permits_agent(const connection *c);

/* Whether its sessions may use the client's display. */
bool reach_permits_x11(const connection *c);

#endif
