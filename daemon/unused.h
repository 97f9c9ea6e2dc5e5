/* UnusedConnectionTimeout: connections without a channel are ended after a while. */
#ifndef CLEATD_UNUSED_H
#define CLEATD_UNUSED_H

#include "server.h"

/* The user has logged in, or a channel is gone: the time begins (again). */
void unused_watch(connection *c);

/* The connection has ended. */
void unused_stop(connection *c);

#endif
