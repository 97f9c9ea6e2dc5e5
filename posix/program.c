/* What a program does before anything else, and how its secrets go. */
#include "service.h"

#include "fail.h"
#include "fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

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
    int first = STDERR_FILENO + 1;
    int end = first + (int)port_service_keep();
    for (int fd = first; fd < end; fd++)
        fcntl(fd, F_SETFD, FD_CLOEXEC);
    port_fd_close_from(end);
}

/* As it is called now: later there may be another file in its place, or none. */
static char program_path[PATH_MAX];
static char **program_arguments;

static void keep_call(char **argv)
{
    ssize_t len = readlink("/proc/self/exe", program_path, sizeof program_path);
    program_path[len > 0 && (size_t)len < sizeof program_path ? len : 0] = '\0';
    program_arguments = argv;
}

const char *port_program_path(void)
{
    return *program_path ? program_path : NULL;
}

char **port_program_arguments(void)
{
    return program_arguments;
}

cleat_status port_program_start(int *argc, char ***argv, cleat_error *error)
{
    *argv = uv_setup_args(*argc, *argv); /* a copy: what lists of processes show may change */
    keep_call(*argv);
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
