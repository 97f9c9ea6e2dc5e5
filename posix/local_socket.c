/* Sockets that are files. */
#include "port_sys.h"

#include "fail.h"
#include "fd.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

bool port_local_path_fits(const char *path)
{
    return strlen(path) < sizeof((struct sockaddr_un *)0)->sun_path;
}

/* A path that is cut short would be another socket. */
static cleat_status set_path(struct sockaddr_un *address, const char *path, cleat_error *error)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (!port_local_path_fits(path))
        return port_fail(error, CLEAT_E_LIMIT, "no socket can be at %s: the path is too long",
                         path);
    memcpy(address->sun_path, path, strlen(path) + 1);
    return CLEAT_OK;
}

static int new_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

cleat_status port_sys_local_connect(int *fd, const char *path, cleat_error *error)
{
    struct sockaddr_un address;
    cleat_status status = set_path(&address, path, error);
    if (status != CLEAT_OK)
        return status;
    int made = new_socket();
    if (made < 0 || connect(made, (const struct sockaddr *)&address, sizeof address) < 0) {
        status = port_fail_os(error, errno, "cannot connect to %s", path);
        port_fd_close(&made);
        return status;
    }
    *fd = made;
    return CLEAT_OK;
}

/* The umask is the whole program's, and threads of it may be making files: so a child binds, which
 * calls nothing else after fork(). Returns 0 or errno. */
static int bind_in_child(int fd, const struct sockaddr_un *address, mode_t mask)
{
    int status;
    pid_t waited;
    pid_t child = fork();
    if (child < 0)
        return errno;
    if (child == 0) {
        umask(mask);
        _exit(bind(fd, (const struct sockaddr *)address, sizeof *address) < 0 ? errno : 0);
    }
    do
        waited = waitpid(child, &status, 0);
    while (waited < 0 && errno == EINTR);
    return waited == child && WIFEXITED(status) ? WEXITSTATUS(status) : ECHILD;
}

/* Whoever asks for this means the socket that an earlier connection has left, not a file. */
static void make_way(const char *path)
{
    struct stat old;
    if (lstat(path, &old) == 0 && S_ISSOCK(old.st_mode))
        unlink(path); /* where that fails, binding tells */
}

cleat_status port_sys_local_bind(int *fd, const char *path, unsigned mask, bool replace,
                                 cleat_error *error)
{
    struct sockaddr_un address;
    cleat_status status = set_path(&address, path, error);
    if (status != CLEAT_OK)
        return status;
    int made = new_socket();
    if (replace)
        make_way(path);
    int failure = made < 0 ? errno : bind_in_child(made, &address, (mode_t)mask);
    if (failure) {
        port_fd_close(&made);
        return port_fail_os(error, failure, "cannot listen at %s", path);
    }
    *fd = made;
    return CLEAT_OK;
}
