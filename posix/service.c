/* Leaving the terminal, and talking to a service manager (sd_notify's datagrams). */
#include "service.h"

#include "fail.h"
#include "fd.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
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
    if (port_service_inherited())
        return CLEAT_OK; /* its predecessor waits */
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

static void end_waiting(void)
{
    ssize_t ignored = write(waiting_part, "", 1); /* nobody may be left to hear it */
    (void)ignored;
    port_fd_close(&waiting_part);
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
    bool inherits = port_service_inherited() != NULL; /* and has no terminal */
    cleat_status status =
        waiting_part >= 0 && !inherits ? leave_terminal(keep_output, error) : CLEAT_OK;
    if (status < 0)
        return status;
    if (waiting_part >= 0)
        end_waiting();
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

/* A variable's number, if the one named `whose` (NULL: none) is our process; 0 otherwise. */
static unsigned long long told(const char *variable, const char *whose)
{
    const char *text = getenv(variable);
    const char *pid = whose ? getenv(whose) : NULL;
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

/* ---- Sockets --------------------------------------------------------------------------------- */

enum { FIRST = STDERR_FILENO + 1, SOCKETS_MAX = 80 };

/* How a program that is started anew learns of what it gets: a number, and a text. */
#define SOCKETS_VARIABLE "CLEATD_SOCKETS"
#define PLACES_VARIABLE "CLEATD_PLACES"

const char *port_service_inherited(void)
{
    return getenv(SOCKETS_VARIABLE) ? getenv(PLACES_VARIABLE) : NULL;
}

unsigned port_service_sockets(int *first)
{
    unsigned long long count = 0;
    if (port_service_inherited())
        count = told(SOCKETS_VARIABLE, NULL);
    else if (getenv("LISTEN_PID"))
        count = told("LISTEN_FDS", "LISTEN_PID");
    *first = FIRST;
    return count > SOCKETS_MAX ? SOCKETS_MAX : (unsigned)count;
}

unsigned port_service_keep(void)
{
    int first;
    unsigned count = port_service_sockets(&first);
    if (!port_service_inherited())
        return count;
    waiting_part = first + (int)count;
    return count + 1;
}

/* ---- Starting anew --------------------------------------------------------------------------- */

static bool is_about_this_process(const char *pair)
{
    static const char *const names[] = {"LISTEN_PID=",   "LISTEN_FDS=",        "LISTEN_FDNAMES=",
                                        "WATCHDOG_PID=", SOCKETS_VARIABLE "=", PLACES_VARIABLE "="};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strncmp(pair, names[i], strlen(names[i])) == 0)
            return true;
    }
    return false;
}

/* The list is to be freed; sockets and places are its last two entries, and so is their text. */
static char **environment_for(size_t sockets, const char *places)
{
    extern char **environ;
    size_t count = 0;
    while (environ[count])
        count++;
    char **list = calloc(count + 3, sizeof *list);
    size_t n = 0;
    for (size_t i = 0; list && i < count; i++) {
        if (!is_about_this_process(environ[i]))
            list[n++] = environ[i];
    }
    if (list) {
        list[n++] = port_format(SOCKETS_VARIABLE "=%zu", sockets);
        list[n++] = port_format(PLACES_VARIABLE "=%s", places);
    }
    return list;
}

static void free_environment(char **list)
{
    size_t count = 0;
    while (list && list[count])
        count++;
    for (size_t i = count < 2 ? 0 : count - 2; i < count; i++)
        free(list[i]);
    free(list);
}

/* In the new process: what is to be inherited gets the numbers from FIRST on, one after the other,
 * without one taking the place of another that is still to come. */
static bool arrange(const int *sockets, size_t count, int ready)
{
    int high[SOCKETS_MAX + 1];
    for (size_t i = 0; i <= count; i++) {
        high[i] = fcntl(i < count ? sockets[i] : ready, F_DUPFD_CLOEXEC, FIRST + SOCKETS_MAX + 1);
        if (high[i] < 0)
            return false;
    }
    for (size_t i = 0; i <= count; i++) {
        if (dup2(high[i], FIRST + (int)i) < 0)
            return false;
    }
    return true;
}

_Noreturn static void become_anew(const int *sockets, size_t count, int ready, char **environment)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (arrange(sockets, count, ready))
        execve(port_program_path(), port_program_arguments(), environment);
    _exit(127);
}

cleat_status port_service_succeed(int64_t *process, int *ready, const int *sockets, size_t count,
                                  const char *places, cleat_error *error)
{
    int ends[2];
    *process = 0;
    *ready = -1;
    if (count > SOCKETS_MAX || !port_program_path())
        return port_fail(error, CLEAT_E_UNSUPPORTED, "nobody knows where this program came from");
    char **environment = environment_for(count, places);
    if (!environment || !port_fd_pipe(ends)) {
        free_environment(environment);
        return port_fail_os(error, errno, "cannot start this program anew");
    }
    pid_t pid = fork();
    int failure = errno;
    if (pid == 0)
        become_anew(sockets, count, ends[1], environment);
    free_environment(environment);
    port_fd_close(&ends[1]);
    if (pid > 0) {
        *process = pid;
        *ready = ends[0];
        return CLEAT_OK;
    }
    port_fd_close(&ends[0]);
    return port_fail_os(error, failure, "cannot start this program anew");
}

void port_service_hand_over(int64_t process)
{
    char text[64];
    snprintf(text, sizeof text, "MAINPID=%lld", (long long)process);
    notify(text);
}

int port_service_succession_signal(void)
{
    return SIGUSR2;
}
