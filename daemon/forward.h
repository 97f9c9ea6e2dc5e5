/* direct-tcpip: connections that a client makes from here (ssh -L, -W, -J). */
#ifndef CLEATD_FORWARD_H
#define CLEATD_FORWARD_H

#include "server.h"

/* CLEAT_EV_CHANNEL_OPEN of that type: refuses, or dials and answers later. */
void forward_open(connection *c, const cleat_event *ev);

/* The connection has ended: forgets what is still being dialled. */
void forward_stop(connection *c);

#endif
