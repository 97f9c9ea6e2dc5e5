/* Clients of workers that are logged in and want nothing: the listener waits for them to want
 * something. */
#ifndef CLEATD_RESTING_H
#define CLEATD_RESTING_H

#include "child.h"

typedef struct resting resting;

/* MONITOR_rest from the monitor of that client. False: the message is wrong. */
bool resting_take(connection *c, cleat_slice bytes, port_attached *attached);

/* That monitor has gone: from now on another may take over. False: that cannot be. */
CLEAT_MUST_USE bool resting_begin(resting *r);

/* The connection is over. NULL is fine. */
void resting_free(resting *r);

/* In a process that has split off: closes its sockets. NULL is fine. */
void resting_let_go(const resting *r);

#endif
