/* The monitor: the process beside a network process that holds the rights. It signs with the host's
 * keys, decides who may log in, and starts the session process; the only bytes from outside that it
 * reads are those of monitor/messages.def. */
#ifndef CLEATD_MONITOR_H
#define CLEATD_MONITOR_H

#include "part.h"

#include "../monitor/link.h"

/* System mode's connection_start: in a monitor and a network process of its own. */
void monitor_start(connection *c);

/* The end of the connection, whatever it is doing. */
void monitor_stop(const connection *c);

/* Whether this process may and can start others; makes the network processes' root. */
CLEAT_MUST_USE cleat_status monitor_check(server *s, cleat_error *error);

#endif
