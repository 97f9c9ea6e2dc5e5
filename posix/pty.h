/* What a session process needs of its terminal. */
#ifndef PORT_POSIX_PTY_H
#define PORT_POSIX_PTY_H

#include "port.h"

/* The program's side, duplicated (-1 with errno). */
int port_pty_dup_master(const port_pty *pty);

/* The process's side; borrowed. -1 once port_pty_started was called. */
int port_pty_slave(const port_pty *pty);

/* The process runs: from here on it alone holds the other side, so that its end is seen. */
void port_pty_started(port_pty *pty);

#endif
