/* The listener's side of a client in system mode. */
#ifndef CLEATD_CHILD_H
#define CLEATD_CHILD_H

#include "monitor.h"
#include "worker.h"

typedef struct child {
    connection *of;
    monitor_link *link;      /* to the monitor; NULL: a worker's has it still */
    int64_t part;            /* its process; 0: none */
    cleat_status status;     /* of the end */
    worker *worker;          /* that carries it; NULL: it has processes of its own */
    struct resting *resting; /* logged in, and its monitor leaves; NULL: not so */
    uv_timer_t patience;     /* with a monitor that stands still before the login */
} child;

/* In a process that has split off: closes what the listener has open for its clients. */
void child_let_go_of_all(const server *s);

/* A worker's client wants to log in: it gets a monitor of its own. `network` is the socket to the
 * network process, and taken. */
CLEAT_MUST_USE cleat_status child_take_over(connection *c, int network,
                                            const monitor_exchange *exchange, cleat_error *error);

/* A client that rested gets a monitor again. The sockets stay. */
CLEAT_MUST_USE cleat_status child_resume(connection *c, const monitor_resting *rest,
                                         cleat_error *error);

/* False: there can be no such exchange. */
bool child_read_exchange(monitor_exchange *exchange, cleat_slice session_id, uint32_t host_key);

/* Its processes go on without the listener, which forgets it: c is gone. Not for a worker's. */
void child_leave(connection *c);

/* The connection is over: c is gone. */
void child_end(connection *c, cleat_status why);

#endif
