/* One program as several processes. */
#include "parts.h"

#include "fail.h"
#include "../fd.h"
#include "../signals.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

enum { TITLE_MAX = 128 };

cleat_status port_part_split(int64_t *part, cleat_error *error)
{
    pid_t pid = fork();
    *part = pid;
    return pid < 0 ? port_fail_os(error, errno, "cannot start a process") : CLEAT_OK;
}

void port_part_name(const char *name, const char *whom)
{
    char title[TITLE_MAX];
    snprintf(title, sizeof title, "%s%s%s", name, whom ? ": " : "", whom ? whom : "");
    uv_set_process_title(title);
    prctl(PR_SET_NAME, name, 0, 0, 0); /* without whom: programs look for it */
}

_Noreturn void port_part_exit(int status)
{
    _exit(status);
}

/* One that is on its way out is not changed by the signal. */
void port_part_end(int64_t part, port_exit *how)
{
    int status = 0;
    pid_t got;
    kill((pid_t)part, SIGKILL);
    do
        got = waitpid((pid_t)part, &status, 0);
    while (got < 0 && errno == EINTR);
    *how = (port_exit){.status = 255};
    if (got < 0)
        return;
    if (WIFSIGNALED(status))
        *how = (port_exit){.status = 128 + (uint32_t)WTERMSIG(status),
                           .signal = port_signal_name(WTERMSIG(status))};
    else
        how->status = (uint32_t)WEXITSTATUS(status);
}

void port_part_trim(void)
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

void port_part_many_descriptors(bool many)
{
    static rlim_t usual;
    struct rlimit l;
    if (getrlimit(RLIMIT_NOFILE, &l) < 0 || (!many && !usual))
        return;
    if (many && !usual)
        usual = l.rlim_cur;
    l.rlim_cur = many ? l.rlim_max : usual;
    setrlimit(RLIMIT_NOFILE, &l);
}

/* One after another from the smallest, so that what lies between two can be closed at once. */
void port_part_keep_only(const int *fds, size_t count)
{
    int from = STDERR_FILENO + 1;
    for (;;) {
        int next = INT_MAX;
        for (size_t i = 0; i < count; i++) {
            if (fds[i] >= from && fds[i] < next)
                next = fds[i];
        }
        if (next == INT_MAX)
            break;
        if (next > from)
            close_range((unsigned)from, (unsigned)next - 1, 0);
        from = next + 1;
    }
    port_fd_close_from(from);
}

cleat_status port_part_quiet(bool keep_errors, cleat_error *error)
{
    int null = port_fd_open("/dev/null", O_RDWR);
    bool done = null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(null, STDOUT_FILENO) >= 0 &&
                (keep_errors || dup2(null, STDERR_FILENO) >= 0);
    int failure = errno;
    port_fd_close(&null);
    return done ? CLEAT_OK : port_fail_os(error, failure, "cannot use /dev/null");
}
