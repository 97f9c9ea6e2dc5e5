/* Starting a program in a session of its own, quickly and without inheriting anything unasked. */
#ifndef PORT_POSIX_SPAWN_H
#define PORT_POSIX_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

typedef struct port_spawn {
    const char *file;
    char *const *argv;
    char *const *env;
    const char *directory;
    int streams[3];   /* become 0, 1 and 2; all above 2 here */
    bool is_terminal; /* streams[0] becomes the controlling terminal */
} port_spawn;

/* Starts it as leader of a new session with default signal handling. Returns 0 or the errno of
 * what failed, the exec included. */
int port_spawn_start(pid_t *pid, const port_spawn *what);

#endif
