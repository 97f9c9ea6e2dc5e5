/* vfork and exec. A daemon with big buffers and many sessions would spend more time copying page
 * tables in fork() than on the rest of a login, so the child borrows the parent's memory until
 * exec. It therefore touches nothing but its own stack frame and calls nothing but plain system
 * calls, with every signal blocked until no handler of the parent's is left. Where something runs
 * before the program nobody can wait for the exec: then it is fork(), and the same plain calls. */
#include "spawn.h"

#include "fd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char *text)
{
    ssize_t ignored = write(STDERR_FILENO, text, strlen(text));
    (void)ignored;
}

/* People whose home is not mounted still want to get in and see why. */
static int enter_directory(const char *directory)
{
    if (chdir(directory) == 0)
        return 0;
    say("Cannot enter the directory ");
    say(directory);
    say("; starting in / instead.\n");
    return chdir("/");
}

static void default_signals(void)
{
    struct sigaction plain = {.sa_handler = SIG_DFL};
    for (int number = 1; number < NSIG; number++)
        sigaction(number, &plain, NULL); /* fails for KILL, STOP and the C library's own */
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static int set_up(const port_spawn *what)
{
    if (setsid() < 0)
        return errno;
    if (what->is_terminal && ioctl(what->streams[0], TIOCSCTTY, 0) < 0)
        return errno;
    for (int fd = 0; fd < 3; fd++) {
        if (dup2(what->streams[fd], fd) < 0)
            return errno;
    }
    if (enter_directory(what->directory) < 0)
        return errno;
    default_signals();
    return 0;
}

static int set_up_and_exec(const port_spawn *what)
{
    int failure = set_up(what);
    if (failure)
        return failure;
    port_fd_close_from_on_exec(STDERR_FILENO + 1);
    execve(what->file, what->argv, what->env);
    return errno;
}

/* Tells the parent why there is no program. A pipe works where the child has memory of its own
 * too (checkers turn vfork into fork). */
_Noreturn static void run_child(const port_spawn *what, int report)
{
    int failure = set_up_and_exec(what);
    ssize_t ignored = write(report, &failure, sizeof failure);
    (void)ignored;
    _exit(127);
}

static void reap(pid_t pid)
{
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
}

/* What the parent has open is closed at once: this process may wait for long. */
static void run_first(const port_spawn *what)
{
    int input = dup2(what->first->input, STDERR_FILENO + 1);
    port_fd_close_from(STDERR_FILENO + 2);
    pid_t pid = input < 0 ? -1 : fork();
    if (pid == 0) {
        dup2(input, STDIN_FILENO);
        close(input);
        execve(what->first->argv[0], what->first->argv, what->env);
        _exit(127);
    }
    close(input);
    if (pid > 0)
        reap(pid);
}

_Noreturn static void run_child_after_first(const port_spawn *what, int report)
{
    int failure = set_up(what);
    if (failure) {
        ssize_t ignored = write(report, &failure, sizeof failure);
        (void)ignored;
        _exit(127);
    }
    run_first(what); /* which closes the report: the parent goes on */
    execve(what->file, what->argv, what->env);
    say("Cannot run ");
    say(what->file);
    say(".\n");
    _exit(127);
}

static pid_t launch(const port_spawn *what, int report)
{
    if (what->first) {
        pid_t child = fork();
        if (child == 0)
            run_child_after_first(what, report);
        return child;
    }
    pid_t pid = vfork(); /* NOLINT: see the head of this file */
    if (pid == 0)
        run_child(what, report); /* NOLINT: see the head of this file */
    return pid;
}

/* 0 when the report's pipe was closed by exec, else the child's errno. */
static int read_report(int report)
{
    int failure = 0;
    ssize_t n;
    do
        n = read(report, &failure, sizeof failure);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof failure ? failure : 0;
}

int port_spawn_start(pid_t *pid, const port_spawn *what)
{
    int report[2];
    if (!port_fd_pipe(report))
        return errno;

    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    *pid = launch(what, report[1]);
    int failure = *pid < 0 ? errno : 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);

    port_fd_close(&report[1]);
    if (!failure) {
        failure = read_report(report[0]);
        if (failure)
            reap(*pid);
    }
    port_fd_close(&report[0]);
    return failure;
}
