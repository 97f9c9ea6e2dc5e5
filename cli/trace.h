/* The lines of -v that people and scripts look for. */
#ifndef CLEAT_CLI_TRACE_H
#define CLEAT_CLI_TRACE_H

#include "ssh.h"

void trace_connected(ssh_hop *h, const char *version);

/* An event that the login has had; before: its method until then. */
void trace_event(ssh_hop *h, const cleat_event *ev, const char *before);

void trace_end(const ssh_hop *h, cleat_conn_stats stats);

#endif
