/* What a session process needs of its terminal. */
#ifndef PORT_POSIX_PTY_H
#define PORT_POSIX_PTY_H

#include "port.h"

/* A terminal that another process has opened: the program's side and the process's, which are
 * taken. */
CLEAT_MUST_USE cleat_status port_pty_adopt(port_pty **pty, const int sides[2],
                                           const cleat_winsize *size, cleat_slice modes,
                                           cleat_error *error);

/* The program's side; borrowed. */
int port_pty_master(const port_pty *pty);

/* The same, duplicated (-1 with errno). */
int port_pty_dup_master(const port_pty *pty);

/* The process's side; borrowed. -1 once port_pty_started was called. */
int port_pty_slave(const port_pty *pty);

/* The process runs: from here on it alone holds the other side, so that its end is seen. */
void port_pty_started(port_pty *pty);

#endif
