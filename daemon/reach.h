/* Where the connections that a client makes from here may lead: AllowTcpForwarding, PermitOpen, and
 * what its keys say. */
#ifndef CLEATD_REACH_H
#define CLEATD_REACH_H

#include "server.h"

bool reach_permits(const connection *c, const char *host, uint16_t port);

/* Whether a client may listen there. */
bool reach_permits_listening(const connection *c, const char *host, uint16_t port);

/* Whether its sessions may use an agent of the client's. */
bool reach_permits_agent(const connection *c);

#endif
