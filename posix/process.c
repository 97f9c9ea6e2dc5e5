/* Session processes. Each has a small thread that waits for its end: the one way to learn of it
 * that neither takes SIGCHLD away from the loop nor needs a kernel of this year. The process stays
 * a zombie until it is freed, so its number cannot meanwhile come to mean another one. */
#include "port_sys.h"

#include "fail.h"
#include "fd.h"
#include "pty.h"
#include "signals.h"
#include "spawn.h"
#include "text.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WAITER_STACK = 256 * 1024 }; /* address space; a page or two of it is touched */

struct port_process {
    pid_t pid;
    pthread_t waiter;
    void (*exited)(void *user);
    void *user;

    pthread_mutex_t lock; /* for what follows */
    bool ended;
    bool abandoned; /* freed before it ended: the waiter cleans up */
    siginfo_t how;
};

/* ---- The waiter ------------------------------------------------------------------------------ */

static void destroy(port_process *p)
{
    pthread_mutex_destroy(&p->lock);
    free(p);
}

static void reap(pid_t pid)
{
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
}

/* The wake-up happens under the lock, so that it cannot come after port_process_free. */
static void *wait_for_end(void *argument)
{
    port_process *p = argument;
    siginfo_t how = {0};
    while (waitid(P_PID, (id_t)p->pid, &how, WEXITED | WNOWAIT) < 0 && errno == EINTR)
        ;
    pthread_mutex_lock(&p->lock);
    p->ended = true;
    p->how = how;
    bool abandoned = p->abandoned;
    if (!abandoned && p->exited)
        p->exited(p->user);
    pthread_mutex_unlock(&p->lock);

    if (abandoned) {
        reap(p->pid);
        destroy(p);
    }
    return NULL;
}

/* Signals go to the threads that expect them, never to this one. */
static int start_waiter(port_process *p)
{
    pthread_attr_t attributes;
    int failure = pthread_attr_init(&attributes);
    if (failure)
        return failure;
    sigset_t all, before;
    sigfillset(&all);
    pthread_attr_setstacksize(&attributes, WAITER_STACK);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failure = pthread_create(&p->waiter, &attributes, wait_for_end, p);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return failure;
}

/* ---- Streams --------------------------------------------------------------------------------- */

static void close_stdio(port_stdio *stdio)
{
    port_fd_close(&stdio->in);
    port_fd_close(&stdio->out);
    port_fd_close(&stdio->err);
}

static bool open_pipes(port_stdio *ours, int theirs[3])
{
    int in[2] = {-1, -1}, out[2] = {-1, -1}, err[2] = {-1, -1};
    bool done = port_fd_pipe(in) && port_fd_pipe(out) && port_fd_pipe(err);
    *ours = (port_stdio){.in = in[1], .out = out[0], .err = err[0]};
    theirs[0] = in[0];
    theirs[1] = out[1];
    theirs[2] = err[1];
    return done;
}

static bool open_terminal(port_stdio *ours, int theirs[3], const port_pty *pty)
{
    ours->in = port_pty_dup_master(pty);
    ours->out = port_pty_dup_master(pty);
    for (int i = 0; i < 3; i++)
        theirs[i] = port_pty_slave(pty);
    return ours->in >= 0 && ours->out >= 0;
}

/* ---- Start ----------------------------------------------------------------------------------- */

/* "-bash" for a login shell, "bash" else. */
static char *shell_name(const char *shell, bool login)
{
    const char *slash = strrchr(shell, '/');
    return port_format("%s%s", login ? "-" : "", slash ? slash + 1 : shell);
}

static char **shell_argv(const port_command *command)
{
    char *name = shell_name(command->shell, !command->command);
    if (!name)
        return NULL;
    const char *option = command->shell_option ? command->shell_option : "-c";
    const char *const items[] = {name, option, command->command};
    char **argv = port_list(items, command->command ? 3 : 1);
    free(name);
    return argv;
}

static char **copy_list(const char *const *list)
{
    size_t count = 0;
    while (list[count])
        count++;
    return port_list(list, count);
}

/* A pipe with the input in it, which has room for that; -1 with errno. */
static int prelude_input(cleat_slice input)
{
    int pipe[2];
    if (!port_fd_pipe(pipe))
        return -1;
    if (write(pipe[1], input.data, input.len) != (ssize_t)input.len)
        port_fd_close(&pipe[0]);
    port_fd_close(&pipe[1]);
    return pipe[0];
}

static int start_after_prelude(pid_t *pid, port_spawn *what, const port_prelude *prelude)
{
    char **argv = copy_list(prelude->argv);
    port_spawn_first first = {.argv = argv, .input = prelude_input(prelude->input)};
    what->first = &first;
    int failure = !argv ? ENOMEM : first.input < 0 ? errno : port_spawn_start(pid, what);
    what->first = NULL;
    port_fd_close(&first.input);
    port_free(argv);
    return failure;
}

static cleat_status spawn_shell(pid_t *pid, const port_command *command, const int streams[3],
                                cleat_error *error)
{
    char **argv = shell_argv(command);
    char **env = copy_list(command->env);
    cleat_status status = CLEAT_OK;
    if (!argv || !env) {
        status = port_fail_memory(error);
        goto out;
    }

    port_spawn what = {.file = command->shell,
                       .argv = argv,
                       .env = env,
                       .directory = command->directory,
                       .streams = {streams[0], streams[1], streams[2]},
                       .is_terminal = command->pty != NULL};
    int failure = command->prelude ? start_after_prelude(pid, &what, command->prelude)
                                   : port_spawn_start(pid, &what);
    if (failure)
        status = port_fail_os(error, failure, "cannot run %s", command->shell);
out:
    port_free(argv);
    port_free(env);
    return status;
}

static port_process *new_process(const port_command *command)
{
    port_process *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    if (pthread_mutex_init(&p->lock, NULL) != 0) {
        free(p);
        return NULL;
    }
    p->exited = command->exited;
    p->user = command->user;
    return p;
}

static cleat_status run(port_process *p, const port_command *command, const int streams[3],
                        cleat_error *error)
{
    cleat_status status = spawn_shell(&p->pid, command, streams, error);
    if (status < 0)
        return status;
    int failure = start_waiter(p);
    if (!failure)
        return CLEAT_OK;
    kill(-p->pid, SIGKILL);
    reap(p->pid);
    return port_fail_os(error, failure, "cannot wait for %s", command->shell);
}

bool port_process_has_prelude(void)
{
    return true;
}

cleat_status port_sys_process_start(port_process **process, port_stdio *stdio,
                                    const port_command *command, cleat_error *error)
{
    port_process *made = new_process(command);
    if (!made)
        return port_fail_memory(error);

    int theirs[3] = {-1, -1, -1};
    bool open =
        command->pty ? open_terminal(stdio, theirs, command->pty) : open_pipes(stdio, theirs);
    cleat_status status = open ? run(made, command, theirs, error)
                               : port_fail_os(error, errno, "cannot make the %s of a session",
                                              command->pty ? "terminal streams" : "pipes");
    for (int i = 0; i < 3 && !command->pty; i++)
        port_fd_close(&theirs[i]);
    if (status < 0) {
        close_stdio(stdio);
        destroy(made);
        return status;
    }
    if (command->pty)
        port_pty_started(command->pty);
    *process = made;
    return CLEAT_OK;
}

/* ---- While it runs, and after ---------------------------------------------------------------- */

static port_exit exit_of(const siginfo_t *how)
{
    if (how->si_code != CLD_KILLED && how->si_code != CLD_DUMPED)
        return (port_exit){.status = (uint32_t)how->si_status};
    return (port_exit){.status = 128 + (uint32_t)how->si_status,
                       .signal = port_signal_name(how->si_status),
                       .core_dumped = how->si_code == CLD_DUMPED};
}

bool port_process_exit(port_process *process, port_exit *how)
{
    *how = (port_exit){0};
    pthread_mutex_lock(&process->lock);
    bool ended = process->ended;
    if (ended)
        *how = exit_of(&process->how);
    pthread_mutex_unlock(&process->lock);
    return ended;
}

cleat_status port_sys_process_signal(port_process *process, const char *name, cleat_error *error)
{
    int number = port_signal_number(name);
    if (number == 0)
        return port_fail(error, CLEAT_E_NO_SUCH, "there is no signal %s here", name);
    if (kill(-process->pid, number) == 0)
        return CLEAT_OK;
    if (errno == ESRCH)
        return port_fail(error, CLEAT_E_CLOSED, "process group %ld has ended", (long)process->pid);
    return port_fail_os(error, errno, "cannot send %s to process group %ld", name,
                        (long)process->pid);
}

void port_process_free(port_process *process)
{
    if (!process)
        return;
    pthread_mutex_lock(&process->lock);
    bool ended = process->ended;
    process->abandoned = true;
    pthread_t waiter = process->waiter;
    pthread_mutex_unlock(&process->lock);

    if (!ended) {
        pthread_detach(waiter);
        return;
    }
    pthread_join(waiter, NULL);
    reap(process->pid);
    destroy(process);
}
