/* The session process: runs as the user, and does what needs the user's rights. */
#ifndef CLEATD_SESSION_PROCESS_H
#define CLEATD_SESSION_PROCESS_H

#include "part.h"

/* Becomes the connection's user and serves the network process at the other end of `network`; its
 * log lines go to `monitor`. Both are taken. Does not come back. */
_Noreturn void session_process_main(connection *c, int network, int monitor);

#endif
