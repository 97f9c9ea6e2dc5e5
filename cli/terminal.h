/* The user's terminal during a session. */
#ifndef CLEAT_CLI_TERMINAL_H
#define CLEAT_CLI_TERMINAL_H

#include "ssh.h"

/* Asks the other side for a terminal like ours. */
void terminal_request(ssh_run *r);

/* Raw mode and the window's size, if a terminal was asked for, until the end. A paused session's
 * begins with terminal_resume. */
void terminal_begin(ssh_run *r);
void terminal_end(ssh_run *r);

/* The terminal as it was and nobody else reading from it, for a question or a stop; and back as
 * the session needs it. */
void terminal_pause(ssh_run *r);
void terminal_resume(ssh_run *r);

/* From here on the signals that end a program end the connection, so that the terminal is put back
 * and the other side is told. Those that are ignored stay so. */
void signals_watch(ssh_run *r);
void signals_forget(ssh_run *r);

#endif
