/* Sessions and forwardings that the session process runs. */
#ifndef CLEATD_FAR_RUNNER_H
#define CLEATD_FAR_RUNNER_H

#include "session.h"

extern const runner far_runner;

/* The user is logged in: *fd is a socket to the session process, and is taken (-1 then). */
bool far_runner_start(connection *c, int *fd);

/* The connection is over, and what used it is gone. */
void far_runner_stop(connection *c);

#endif
