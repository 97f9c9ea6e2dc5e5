/* Descriptors: made close-on-exec and above the standard three, so that a child's set-up never
 * meets its own pipes on 0 to 2. */
#ifndef PORT_POSIX_FD_H
#define PORT_POSIX_FD_H

#include <stdbool.h>

/* open() with O_CLOEXEC and O_NOCTTY; the mode is 0600. -1 with errno. */
int port_fd_open(const char *path, int flags);

/* A pipe, [0] to read and [1] to write. False with errno. */
bool port_fd_pipe(int fds[2]);

/* A second descriptor for the same thing. -1 with errno. */
int port_fd_dup(int fd);

/* Closes *fd unless it is -1, and sets it to -1; errno stays. */
void port_fd_close(int *fd);

/* Closes all descriptors from `first` on, or marks them to be closed by exec. May be called
 * between fork and exec. */
void port_fd_close_from(int first);
void port_fd_close_from_on_exec(int first);

#endif
