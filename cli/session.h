/* The session: a channel on stdin, stdout and stderr, and the terminal if there is one. */
#ifndef CLEAT_CLI_SESSION_H
#define CLEAT_CLI_SESSION_H

#include "ssh.h"

/* What the configuration wants on the last hop, which is logged in: a shell, a command, a
 * subsystem, a connection from there to somewhere else (-W), or nothing. */
void session_start(ssh_run *r);
void session_event(ssh_run *r, const cleat_event *ev);

/* The connection is gone, or the channel. */
void session_stop(ssh_run *r);

/* After the loop has stopped for ~&: splits the program and goes on without a terminal. */
void session_leave(ssh_run *r);

/* Why a channel was not opened: RFC 4254's reason and the server's words, made harmless. To be
 * freed; NULL without memory. */
char *session_open_failure(const cleat_event *ev);

/* Text of the server's on the terminal, made harmless. */
void session_show(const char *text);

#endif
