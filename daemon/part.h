/* A process that has split off: what it lets go of, and what it gets. */
#ifndef CLEATD_PART_H
#define CLEATD_PART_H

#include "server.h"

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

#endif
