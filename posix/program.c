/* What a program does before anything else, and how its secrets go. */
#include "port.h"

#include "fail.h"
#include "fd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A program started with a closed stream would otherwise open some file or socket in its place
 * and then print error messages into it. */
static bool ensure_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
            return false;
    }
    return true;
}

/* All else goes; these do not go to children. */
static void keep_service_sockets(void)
{
    int first;
    unsigned count = port_service_sockets(&first);
    for (unsigned i = 0; i < count; i++)
        fcntl(first + (int)i, F_SETFD, FD_CLOEXEC);
    port_fd_close_from(first + (int)count);
}

cleat_status port_program_start(int *argc, char ***argv, cleat_error *error)
{
    (void)argc, (void)argv;
    if (!ensure_streams())
        return port_fail_os(error, errno, "cannot open /dev/null");
    keep_service_sockets();

    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignore, NULL);
    return CLEAT_OK;
}

int port_exit_status(uint32_t status)
{
    return (status & 0xff) || !status ? (int)(status & 0xff) : 0xff;
}

void port_free_secret(void *block, size_t len)
{
    if (block)
        explicit_bzero(block, len);
    free(block);
}
