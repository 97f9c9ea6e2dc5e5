/* Where the connections that a client makes from here may lead: AllowTcpForwarding, PermitOpen, and
 * what its keys say. */
#ifndef CLEATD_REACH_H
#define CLEATD_REACH_H

#include "server.h"

bool reach_permits(const connection *c, const char *host, uint16_t port);

#endif
