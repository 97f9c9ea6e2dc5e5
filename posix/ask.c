/* A question on the controlling terminal. The hard part is to leave the terminal as it was when a
 * signal comes in the middle: handlers only note the number in a pipe, the reader sees it, puts
 * everything back, and raises the signal again for whoever really handles it. */
#include "port_sys.h"

#include "ask.h"
#include "fail.h"
#include "fd.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { LINE_MAX_LEN = 1024 };

static const int caught[] = {SIGALRM, SIGHUP,  SIGINT,  SIGPIPE, SIGQUIT,
                             SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU};
enum { CAUGHT = sizeof caught / sizeof caught[0] };

typedef struct question {
    int tty;
    bool echo;
    struct termios before;
    struct sigaction handlers[CAUGHT];
    int noted[2]; /* the pipe signal numbers come through */
    int signal;   /* the one that ended the wait, 0 for none */
    char line[LINE_MAX_LEN];
    size_t len;
} question;

/* One question at a time per process: the terminal is shared anyhow. */
static volatile sig_atomic_t note_fd = -1;

/* Guards note_fd against being closed under the thread that gives up. */
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static bool given_up;

static void note_signal(int number)
{
    int saved = errno;
    unsigned char byte = (unsigned char)number;
    ssize_t ignored = write(note_fd, &byte, 1);
    (void)ignored;
    errno = saved;
}

/* Number 0 is no signal. */
void port_ask_give_up(void)
{
    pthread_mutex_lock(&guard);
    given_up = true;
    if (note_fd >= 0)
        note_signal(0);
    pthread_mutex_unlock(&guard);
    port_askpass_give_up();
}

static void set_note(int fd)
{
    pthread_mutex_lock(&guard);
    note_fd = fd;
    if (given_up && fd >= 0)
        note_signal(0);
    pthread_mutex_unlock(&guard);
}

static void catch_signals(question *q)
{
    struct sigaction note = {.sa_handler = note_signal};
    sigemptyset(&note.sa_mask);
    set_note(q->noted[1]);
    for (size_t i = 0; i < CAUGHT; i++)
        sigaction(caught[i], &note, &q->handlers[i]);
}

static void release_signals(question *q)
{
    for (size_t i = 0; i < CAUGHT; i++)
        sigaction(caught[i], &q->handlers[i], NULL);
    set_note(-1);
}

static void set_echo(question *q)
{
    struct termios quiet = q->before;
    if (q->echo)
        return;
    quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
    tcsetattr(q->tty, TCSAFLUSH, &quiet);
}

static void put(const question *q, const char *text)
{
    ssize_t ignored = write(q->tty, text, strlen(text));
    (void)ignored;
}

/* Waits for a byte of the terminal or a signal. False on a signal or when the terminal is gone. */
static bool wait_for_input(question *q)
{
    struct pollfd fds[] = {{.fd = q->noted[0], .events = POLLIN}, {.fd = q->tty, .events = POLLIN}};
    while (poll(fds, 2, -1) < 0) {
        if (errno != EINTR)
            return false;
    }
    unsigned char number = 0;
    if (fds[0].revents && read(q->noted[0], &number, 1) == 1) {
        q->signal = number;
        return false;
    }
    return true;
}

/* Up to the newline, which is not kept. CLEAT_E_EOF when the input ends before anything came. */
static cleat_status read_line(question *q, cleat_error *error)
{
    while (wait_for_input(q)) {
        char byte;
        ssize_t n = read(q->tty, &byte, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return port_fail_os(error, errno, "cannot read from the terminal");
        if (n == 0 && q->len == 0)
            return port_fail(error, CLEAT_E_EOF, "the input ended without an answer");
        if (n == 0 || byte == '\n')
            return CLEAT_OK;
        if (q->len == sizeof q->line - 1)
            return port_fail(error, CLEAT_E_LIMIT, "the answer is longer than %d bytes",
                             LINE_MAX_LEN - 1);
        q->line[q->len++] = byte;
    }
    return port_fail(error, CLEAT_E_CANCELLED, "the question was interrupted");
}

/* One go: set up, ask, put everything back, and let the signal that came do what it would have. */
static cleat_status ask_once(question *q, const char *prompt, cleat_error *error)
{
    q->len = 0;
    q->signal = 0;
    catch_signals(q);
    set_echo(q);
    put(q, prompt);
    cleat_status status = read_line(q, error);
    if (!q->echo) {
        put(q, "\n"); /* the user's own was not shown */
        tcsetattr(q->tty, TCSAFLUSH, &q->before);
    }
    release_signals(q);
    if (q->signal)
        kill(getpid(), q->signal);
    return status;
}

/* After a stop and continue the question is still open. */
static bool was_only_stopped(const question *q)
{
    return q->signal == SIGTSTP || q->signal == SIGTTIN || q->signal == SIGTTOU;
}

static cleat_status ask(question *q, const char *prompt, cleat_error *error)
{
    if (tcgetattr(q->tty, &q->before) < 0)
        return port_fail_os(error, errno, "cannot read the modes of /dev/tty");
    if (!port_fd_pipe(q->noted))
        return port_fail_os(error, errno, "cannot make a pipe");
    cleat_status status;
    do
        status = ask_once(q, prompt, error);
    while (was_only_stopped(q));
    port_fd_close(&q->noted[0]);
    port_fd_close(&q->noted[1]);
    return status;
}

cleat_status port_sys_tty_ask(char **answer, const char *prompt, bool echo, cleat_error *error)
{
    int tty = port_fd_open("/dev/tty", O_RDWR);
    if (tty < 0)
        return port_fail(error, CLEAT_E_NO_SUCH, "there is no terminal to ask on: %s",
                         strerror(errno));
    question q = {.tty = tty, .echo = echo};
    cleat_status status = ask(&q, prompt, error);
    if (status == CLEAT_OK) {
        q.line[q.len] = '\0';
        *answer = port_format("%s", q.line);
        if (!*answer)
            status = port_fail_memory(error);
    }
    explicit_bzero(q.line, sizeof q.line);
    port_fd_close(&tty);
    return status;
}
