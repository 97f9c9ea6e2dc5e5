/* ConnectionIsolation shared: workers that carry many clients each. A worker is a network process
 * with a monitor beside it, which signs key exchanges; who wants to log in gets a monitor of its
 * own. */
#ifndef CLEATD_WORKER_H
#define CLEATD_WORKER_H

#include "server.h"

typedef struct worker worker;
typedef struct workers workers;

/* One for each processor, started when clients come. NULL without memory. One that has clients and
 * has not answered for half a minute is ended, with all that it carries: whatever holds it up, new
 * clients come to another. */
workers *workers_new(server *s);

/* When all have ended; the loop goes on until it is closed. NULL is fine. */
void workers_free(workers *all);

/* Hands the client over to the one that has the fewest. The stream stays. */
CLEAT_MUST_USE cleat_status workers_take(workers *all, connection *c, cleat_error *error);

/* Those that there are get no more clients, and end with their last. New ones have the new rules.
 */
void workers_retire(workers *all);

/* Ends all at once. */
void workers_stop(const workers *all);

/* Has them tell how their connections are doing. */
void workers_ask(const workers *all);

/* How many there are, retired ones included. */
unsigned workers_count(const workers *all);

/* A client of that worker is gone. NULL is fine. */
void worker_drop(worker *w);

/* In a process that has split off: closes their sockets. NULL is fine. */
void workers_let_go(const workers *all);

#endif
