/* What a connection has come to, as far as the process that shows it knows. */
#ifndef CLEATD_TRAFFIC_H
#define CLEATD_TRAFFIC_H

#include "server.h"

typedef struct traffic {
    char *client, *kex, *host_key, *cipher, *mac; /* NULL or "": not known yet */
    uint64_t bytes_in, bytes_out;
} traffic;

/* MONITOR_traffic about that connection. False: the message is wrong. */
bool traffic_take(connection *c, cleat_slice bytes);

/* The same, where the engine is in this process; else nothing. */
void traffic_note(connection *c);

/* NULL is fine. */
void traffic_free(traffic *t);

#endif
