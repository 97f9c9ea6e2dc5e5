/* What a connection has come to, as far as the process that shows it knows. */
#ifndef CLEATD_TRAFFIC_H
#define CLEATD_TRAFFIC_H

#include "server.h"

#include "../monitor/link.h"

typedef struct traffic {
    char *client, *kex, *host_key, *cipher, *mac; /* NULL or "": not known yet */
    uint64_t bytes_in, bytes_out;
} traffic;

/* MONITOR_traffic about that connection. False: the message is wrong. */
bool traffic_take(connection *c, cleat_slice bytes);

/* The same, where the engine is in this process; else nothing. */
void traffic_note(connection *c);

/* Says it to another process. Without an engine here, or a link, nothing is said. */
void traffic_tell(const connection *c, monitor_link *link);

/* MONITOR_traffic of a process that is not believed whose it is; kept where there is no link.
 * False: the message is wrong. */
bool traffic_hand_on(connection *c, cleat_slice bytes, monitor_link *link);

/* NULL is fine. */
void traffic_free(traffic *t);

#endif
