/* Leaving the terminal, and talking to a service manager (sd_notify's datagrams). */
#include "port.h"

#include "fail.h"
#include "fd.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The way to the part of the program that waits on the terminal; -1 when there is none. */
static int waiting_part = -1;

/* ---- Background ------------------------------------------------------------------------------ */

/* Ends as the other part does: at once with 0 when it is ready, with its status if it fails. */
_Noreturn static void wait_for_other_part(pid_t pid, int ready)
{
    char byte;
    ssize_t n;
    do
        n = read(ready, &byte, 1);
    while (n < 0 && errno == EINTR);
    if (n == 1)
        _exit(EXIT_SUCCESS);

    int how = 0;
    while (waitpid(pid, &how, 0) < 0 && errno == EINTR)
        ;
    _exit(WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how));
}

cleat_status port_service_detach(cleat_error *error)
{
    int ready[2];
    if (!port_fd_pipe(ready))
        return port_fail_os(error, errno, "cannot make a pipe");
    fflush(NULL); /* or both parts print what is buffered */
    pid_t pid = fork();
    if (pid < 0) {
        int failure = errno;
        port_fd_close(&ready[0]);
        port_fd_close(&ready[1]);
        return port_fail_os(error, failure, "cannot go to the background");
    }
    if (pid > 0) {
        port_fd_close(&ready[1]);
        wait_for_other_part(pid, ready[0]);
    }
    port_fd_close(&ready[0]);
    waiting_part = ready[1];
    return CLEAT_OK;
}

static cleat_status leave_terminal(bool keep_output, cleat_error *error)
{
    int null = port_fd_open("/dev/null", O_RDWR);
    if (null < 0)
        return port_fail_os(error, errno, "cannot open /dev/null");
    setsid(); /* fails for a session leader, which has left already */
    dup2(null, STDIN_FILENO);
    if (!keep_output) {
        fflush(NULL);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
    }
    port_fd_close(&null);

    ssize_t ignored = write(waiting_part, "", 1); /* nobody may be left to hear it */
    (void)ignored;
    port_fd_close(&waiting_part);
    return CLEAT_OK;
}

/* ---- Service manager ------------------------------------------------------------------------- */

/* NOTIFY_SOCKET is a path, or '@' and a name without one. Silence when it cannot be reached: the
 * manager notices by itself, and the service is fine. */
static void notify(const char *text)
{
    const char *name = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (!name || (name[0] != '/' && name[0] != '@') || strlen(name) >= sizeof address.sun_path)
        return;
    size_t len = strlen(name);
    memcpy(address.sun_path, name, len);
    if (name[0] == '@')
        address.sun_path[0] = '\0';

    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    ssize_t ignored =
        sendto(fd, text, strlen(text), MSG_NOSIGNAL, (const struct sockaddr *)&address, size);
    (void)ignored;
    port_fd_close(&fd);
}

cleat_status port_service_ready(bool keep_output, cleat_error *error)
{
    if (waiting_part >= 0) {
        cleat_status status = leave_terminal(keep_output, error);
        if (status < 0)
            return status;
    }
    char text[64];
    snprintf(text, sizeof text, "READY=1\nMAINPID=%ld", (long)getpid());
    notify(text);
    return CLEAT_OK;
}

/* A reload needs the time it began, so that the manager can match the READY that follows. */
static void notify_reloading(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    char text[64];
    snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%lld",
             (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
    notify(text);
}

bool port_service_hangup_reloads(void)
{
    return true;
}

void port_service_notify(port_service_state state)
{
    if (state == PORT_SERVICE_RELOADING)
        notify_reloading();
    else
        notify(state == PORT_SERVICE_ALIVE ? "WATCHDOG=1" : "STOPPING=1");
}

/* A variable's number, if the one named `whose` is our process; 0 otherwise. */
static unsigned long long told(const char *variable, const char *whose)
{
    const char *text = getenv(variable);
    const char *pid = getenv(whose);
    char *end;
    if (!text || (pid && strtoll(pid, &end, 10) != getpid()))
        return 0;
    unsigned long long number = strtoull(text, &end, 10);
    return *end || *text == '-' ? 0 : number;
}

/* Twice as often as it has to be. */
unsigned port_service_watchdog(void)
{
    unsigned long long ms = told("WATCHDOG_USEC", "WATCHDOG_PID") / 2000;
    return ms > UINT_MAX ? UINT_MAX : (unsigned)ms;
}

unsigned port_service_sockets(int *first)
{
    enum { FIRST = STDERR_FILENO + 1, SOCKETS_MAX = 64 };
    unsigned long long count = getenv("LISTEN_PID") ? told("LISTEN_FDS", "LISTEN_PID") : 0;
    *first = FIRST;
    return count > SOCKETS_MAX ? SOCKETS_MAX : (unsigned)count;
}
