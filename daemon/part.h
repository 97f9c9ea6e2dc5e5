/* A process that has split off: what it lets go of, and what it gets. */
#ifndef CLEATD_PART_H
#define CLEATD_PART_H

#include "server.h"

#include "../monitor/link.h"

#include "parts.h"

/* Lets go of the loop of the process it came from, and of what that listens on: it all goes on
 * there. */
void part_leave_loop(server *s);

/* -1 is fine. */
void part_close(int fd);

/* A loop of its own. */
void part_take_loop(server *s, uv_loop_t *own);

/* The process has none of the clients. */
void part_forget_all(server *s);

/* The process has this one client. */
void part_forget_others(connection *c);

/* Ends a process of the listener's that has hung up; logged if it is an end to be told. */
void part_reap(int64_t part, const char *what, const cleat_error *why);

/* Splits off a process of the listener's that knows of no client. `run` gets the socket to the
 * listener, and does not come back. */
typedef void (*part_main)(server *s, int listener);
CLEAT_MUST_USE cleat_status part_start(server *s, part_main run, int64_t *part, monitor_link **link,
                                       const monitor_link_owner *owner, cleat_error *error);

/* The rest of this process's life: no rights but to use what it has. Lines for the log go to
 * `lines`, with the server. */
CLEAT_MUST_USE cleat_status part_confine(server *s, log_target lines, cleat_error *error);

/* A process without rights that serves the listener for all of its life. */
typedef struct part_role {
    const char *name; /* of the process */
    const char *what; /* for the log, behind "no" */
    const monitor_link_owner *listener;
    log_target lines;
} part_role;

_Noreturn void part_serve(server *s, int listener, const part_role *role);

#endif
