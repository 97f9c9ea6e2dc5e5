/* Another version of this program takes this one's place, without a client noticing. */
#ifndef CLEATD_SUCCESSOR_H
#define CLEATD_SUCCESSOR_H

#include "server.h"

/* Starts the program anew with the sockets that are listened on. Once it serves, this one takes no
 * more clients, and ends with its last; if it fails, all is as before. */
void successor_start(server *s);

#endif
