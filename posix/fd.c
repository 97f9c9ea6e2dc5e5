/* Descriptors that no child inherits by accident. */
#include "fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/resource.h>
#include <unistd.h>

enum { FIRST_FREE = 3 };

/* Moves a descriptor out of 0 to 2, where a program started with closed streams would get it. */
static int above_streams(int fd)
{
    if (fd < 0 || fd >= FIRST_FREE)
        return fd;
    int moved = port_fd_dup(fd);
    port_fd_close(&fd);
    return moved;
}

int port_fd_open(const char *path, int flags)
{
    int fd;
    do
        fd = open(path, flags | O_CLOEXEC | O_NOCTTY, 0600);
    while (fd < 0 && errno == EINTR);
    return above_streams(fd);
}

bool port_fd_pipe(int fds[2])
{
    fds[0] = fds[1] = -1;
    if (pipe2(fds, O_CLOEXEC) < 0)
        return false;
    fds[0] = above_streams(fds[0]);
    fds[1] = above_streams(fds[1]);
    if (fds[0] >= 0 && fds[1] >= 0)
        return true;
    port_fd_close(&fds[0]);
    port_fd_close(&fds[1]);
    return false;
}

int port_fd_dup(int fd)
{
    return fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FREE);
}

void port_fd_close(int *fd)
{
    int saved = errno;
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
    errno = saved;
}

/* Where close_range is missing (an old kernel): one by one up to the limit. getrlimit is a plain
 * system call, so this too is fit for the moment between fork and exec. */
static void each_from(int first, void (*act)(int fd))
{
    enum { FAR_ENOUGH = 65536 };
    struct rlimit limit;
    int end = FAR_ENOUGH;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < FAR_ENOUGH)
        end = (int)limit.rlim_cur;
    for (int fd = first; fd < end; fd++)
        act(fd);
}

static void close_one(int fd)
{
    close(fd);
}

static void mark_one(int fd)
{
    fcntl(fd, F_SETFD, FD_CLOEXEC);
}

#ifdef CLOSE_RANGE_CLOEXEC
static bool range_from(int first, int flags)
{
    return close_range((unsigned)first, UINT_MAX, flags) == 0;
}
enum { MARK_ONLY = CLOSE_RANGE_CLOEXEC };
#else
static bool range_from(int first, int flags)
{
    (void)first, (void)flags;
    return false;
}
enum { MARK_ONLY = 0 };
#endif

void port_fd_close_from(int first)
{
    if (!range_from(first, 0))
        each_from(first, close_one);
}

void port_fd_close_from_on_exec(int first)
{
    if (!range_from(first, MARK_ONLY))
        each_from(first, mark_one);
}
