/* Starting a program in a session of its own, quickly and without inheriting anything unasked. */
#ifndef PORT_POSIX_SPAWN_H
#define PORT_POSIX_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

/* What runs before the program; see port_prelude. */
typedef struct port_spawn_first {
    char *const *argv; /* argv[0]: the file */
    int input;         /* becomes its 0 */
} port_spawn_first;

typedef struct port_spawn {
    const char *file;
    char *const *argv;
    char *const *env;
    const char *directory;
    int streams[3];                /* become 0, 1 and 2; all above 2 here */
    bool is_terminal;              /* streams[0] becomes the controlling terminal */
    const port_spawn_first *first; /* NULL: nothing */
} port_spawn;

/* Starts it as leader of a new session with default signal handling. Returns 0 or the errno of
 * what failed; the exec included, unless something runs before it. */
int port_spawn_start(pid_t *pid, const port_spawn *what);

#endif
