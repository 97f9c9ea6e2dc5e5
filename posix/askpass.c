/* Questions put through an SSH_ASKPASS program, whose standard output is the answer. */
#include "port_sys.h"

#include "ask.h"
#include "fail.h"
#include "fd.h"
#include "text.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define HINT_NAME "SSH_ASKPASS_PROMPT="

extern char **environ;

/* The program that is asking. It is not reaped while the guard is held, so its number is its own.
 */
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static pid_t asking = -1;
static bool given_up;

void port_askpass_give_up(void)
{
    pthread_mutex_lock(&guard);
    given_up = true;
    if (asking > 0)
        kill(asking, SIGTERM);
    pthread_mutex_unlock(&guard);
}

static void set_asking(pid_t pid)
{
    pthread_mutex_lock(&guard);
    asking = pid;
    if (given_up && pid > 0)
        kill(pid, SIGTERM);
    pthread_mutex_unlock(&guard);
}

/* The environment with the hint in place of any older one. */
static char **environment_with(const char *hint)
{
    size_t count = 0, kept = 0;
    while (environ[count])
        count++;
    const char **items = calloc(count + 1, sizeof *items);
    char *ours = port_format(HINT_NAME "%s", hint ? hint : "");
    char **made = NULL;
    if (items && ours) {
        for (size_t i = 0; i < count; i++) {
            if (strncmp(environ[i], HINT_NAME, sizeof HINT_NAME - 1) != 0)
                items[kept++] = environ[i];
        }
        if (hint)
            items[kept++] = ours;
        made = port_list(items, kept);
    }
    free(ours);
    free(items);
    return made;
}

/* SIGPIPE is ignored in our programs, which nobody else should inherit. */
static int spawn(pid_t *pid, const char *program, const char *prompt, char **env, int out)
{
    char **argv = port_list((const char *const[]){program, prompt}, 2);
    if (!argv)
        return ENOMEM;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    posix_spawnattr_init(&attributes);
    sigset_t plain;
    sigemptyset(&plain);
    sigaddset(&plain, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &plain);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    int failure = posix_spawnp(pid, program, &actions, &attributes, argv, env);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    port_free(argv);
    return failure;
}

/* Everything the program writes is read, so that it cannot hang; the first line counts. */
static size_t read_answer(int fd, char *answer, size_t room)
{
    size_t len = 0;
    for (;;) {
        char rest[256];
        bool full = len == room;
        ssize_t n = read(fd, full ? rest : answer + len, full ? sizeof rest : room - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return len;
        if (!full)
            len += (size_t)n;
    }
}

cleat_status port_sys_askpass(char *text, size_t room, size_t *len, const char *program,
                              const char *prompt, const char *hint, cleat_error *error)
{
    int out[2];
    if (!port_fd_pipe(out))
        return port_fail_os(error, errno, "cannot make a pipe");
    pid_t pid = -1;
    char **env = environment_with(hint);
    int failure = env ? spawn(&pid, program, prompt, env, out[1]) : ENOMEM;
    port_free(env);
    port_fd_close(&out[1]);
    if (failure) {
        port_fd_close(&out[0]);
        return port_fail_os(error, failure, "cannot run %s", program);
    }

    set_asking(pid);
    *len = read_answer(out[0], text, room);
    set_asking(-1);
    port_fd_close(&out[0]);
    int how = -1;
    while (waitpid(pid, &how, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(how) && WEXITSTATUS(how) == 0 ? CLEAT_OK : CLEAT_E_CANCELLED;
}
