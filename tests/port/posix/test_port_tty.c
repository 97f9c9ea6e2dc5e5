/* The user's terminal: questions and raw mode, in a child whose controlling terminal is ours. */
#include "port.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { LIMIT_MS = 10000 };

typedef struct desk {
    int master;
    int slave; /* kept open, so that the modes can be looked at */
    pid_t child;
    int report[2]; /* what the child found out */
} desk;

static void child_on(const desk *d, void (*act)(int report))
{
    setsid();
    ioctl(d->slave, TIOCSCTTY, 0);
    alarm(LIMIT_MS / 1000);
    act(d->report[1]);
    _exit(0);
}

static void sit_down(desk *d, void (*act)(int report))
{
    d->master = posix_openpt(O_RDWR | O_NOCTTY);
    CU_ASSERT_FATAL(d->master >= 0 && grantpt(d->master) == 0 && unlockpt(d->master) == 0);
    d->slave = open(ptsname(d->master), O_RDWR | O_NOCTTY);
    CU_ASSERT_FATAL(d->slave >= 0 && pipe(d->report) == 0);
    fflush(NULL);
    d->child = fork();
    if (d->child == 0)
        child_on(d, act);
    close(d->report[1]);
}

/* How the child ended. */
static int stand_up(desk *d)
{
    int how = 0;
    waitpid(d->child, &how, 0);
    close(d->report[0]);
    close(d->slave);
    close(d->master);
    return how;
}

/* Reads from fd until `text` came, or the time is over. */
static bool comes(int fd, const char *text, char *seen, size_t room)
{
    size_t len = 0;
    seen[0] = '\0';
    while (!strstr(seen, text)) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        if (len + 1 >= room || poll(&wait, 1, LIMIT_MS) != 1)
            return false;
        ssize_t n = read(fd, seen + len, room - 1 - len);
        if (n <= 0)
            return false;
        len += (size_t)n;
        seen[len] = '\0';
    }
    return true;
}

static void type(const desk *d, const char *text)
{
    CU_ASSERT_EQUAL(write(d->master, text, strlen(text)), (ssize_t)strlen(text));
}

static void say(int report, const char *text)
{
    ssize_t ignored = write(report, text, strlen(text));
    (void)ignored;
}

static void ask_hidden(int report)
{
    char *answer;
    if (port_tty_ask(&answer, "Password: ", false, NULL) == CLEAT_OK)
        say(report, answer);
    port_free(answer);
}

static void ask_shown(int report)
{
    char *answer;
    if (port_tty_ask(&answer, "Sure? ", true, NULL) == CLEAT_OK)
        say(report, answer);
    port_free(answer);
}

static bool echoes(const desk *d)
{
    struct termios tio;
    CU_ASSERT_EQUAL(tcgetattr(d->slave, &tio), 0);
    return (tio.c_lflag & ECHO) != 0;
}

static void hidden_answer_is_read_and_not_shown(void)
{
    desk d;
    char seen[256], answer[64];
    sit_down(&d, ask_hidden);
    CU_ASSERT_TRUE(comes(d.master, "Password: ", seen, sizeof seen));
    CU_ASSERT_FALSE(echoes(&d));
    type(&d, "sesame\n");
    CU_ASSERT_TRUE(comes(d.report[0], "sesame", answer, sizeof answer));
    CU_ASSERT_TRUE(comes(d.master, "\n", seen, sizeof seen));
    CU_ASSERT_PTR_NULL(strstr(seen, "sesame"));
    CU_ASSERT_TRUE(echoes(&d));
    stand_up(&d);
}

static void shown_answer_is_echoed(void)
{
    desk d;
    char seen[256], answer[64];
    sit_down(&d, ask_shown);
    CU_ASSERT_TRUE(comes(d.master, "Sure? ", seen, sizeof seen));
    type(&d, "yes\n");
    CU_ASSERT_TRUE(comes(d.master, "yes", seen, sizeof seen));
    CU_ASSERT_TRUE(comes(d.report[0], "yes", answer, sizeof answer));
    stand_up(&d);
}

static void interrupt_ends_the_program_with_the_terminal_as_it_was(void)
{
    desk d;
    char seen[256];
    sit_down(&d, ask_hidden);
    CU_ASSERT_TRUE(comes(d.master, "Password: ", seen, sizeof seen));
    type(&d, "\003");
    CU_ASSERT_FALSE(comes(d.report[0], "anything", seen, sizeof seen));
    CU_ASSERT_TRUE(echoes(&d));
    int how = stand_up(&d);
    CU_ASSERT_TRUE(WIFSIGNALED(how) && WTERMSIG(how) == SIGINT);
}

static void survive(int number)
{
    (void)number;
}

static void ask_and_survive(int report)
{
    char *answer;
    signal(SIGINT, survive);
    if (port_tty_ask(&answer, "Password: ", false, NULL) == CLEAT_E_CANCELLED)
        say(report, "cancelled");
}

static void interrupt_that_is_survived_cancels(void)
{
    desk d;
    char seen[256];
    sit_down(&d, ask_and_survive);
    CU_ASSERT_TRUE(comes(d.master, "Password: ", seen, sizeof seen));
    type(&d, "\003");
    CU_ASSERT_TRUE(comes(d.report[0], "cancelled", seen, sizeof seen));
    stand_up(&d);
}

static void ask_to_the_end(int report)
{
    char *answer;
    if (port_tty_ask(&answer, "Password: ", false, NULL) == CLEAT_E_EOF)
        say(report, "eof");
}

static void end_of_input_is_told_apart(void)
{
    desk d;
    char seen[256];
    sit_down(&d, ask_to_the_end);
    CU_ASSERT_TRUE(comes(d.master, "Password: ", seen, sizeof seen));
    type(&d, "\004");
    CU_ASSERT_TRUE(comes(d.report[0], "eof", seen, sizeof seen));
    stand_up(&d);
}

static void question_without_a_terminal_is_refused(void)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        char *answer;
        cleat_error error = {0};
        setsid();
        _exit(port_tty_ask(&answer, "?", true, &error) == CLEAT_E_NO_SUCH && error.text[0] ? 0 : 1);
    }
    int how = -1;
    waitpid(child, &how, 0);
    CU_ASSERT_EQUAL(how, 0);
}

static void raw_mode_comes_and_goes(void)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    CU_ASSERT_FATAL(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    struct termios before, within, after;
    port_raw *raw;
    tcgetattr(slave, &before);
    CU_ASSERT_EQUAL_FATAL(port_raw_enter(&raw, slave, slave, NULL), CLEAT_OK);
    tcgetattr(slave, &within);
    port_raw_leave(raw);
    tcgetattr(slave, &after);
    CU_ASSERT_FALSE(within.c_lflag & (ICANON | ECHO | ISIG));
    CU_ASSERT_FALSE(within.c_oflag & OPOST);
    CU_ASSERT_EQUAL(after.c_lflag, before.c_lflag);
    CU_ASSERT_EQUAL(after.c_iflag, before.c_iflag);
    CU_ASSERT_EQUAL(after.c_oflag, before.c_oflag);
    close(slave);
    close(master);
}

static void what_is_no_terminal_has_neither_size_nor_modes(void)
{
    int fds[2];
    cleat_winsize size;
    uint8_t modes[PORT_TTY_MODES_MAX];
    port_raw *raw;
    CU_ASSERT_EQUAL_FATAL(pipe(fds), 0);
    CU_ASSERT_FALSE(port_tty_size(fds[0], &size));
    CU_ASSERT_EQUAL(port_tty_modes(fds[0], modes), 1);
    CU_ASSERT_EQUAL(modes[0], 0);
    CU_ASSERT_EQUAL(port_raw_enter(&raw, fds[0], fds[1], NULL), CLEAT_OK);
    port_raw_leave(raw);
    close(fds[0]);
    close(fds[1]);
}

void suite_port_tty(void)
{
    CU_pSuite suite = CU_add_suite("port tty", NULL, NULL);
    CU_add_test(suite, "hidden answer is read and not shown", hidden_answer_is_read_and_not_shown);
    CU_add_test(suite, "shown answer is echoed", shown_answer_is_echoed);
    CU_add_test(suite, "interrupt ends the program with the terminal as it was",
                interrupt_ends_the_program_with_the_terminal_as_it_was);
    CU_add_test(suite, "interrupt that is survived cancels", interrupt_that_is_survived_cancels);
    CU_add_test(suite, "end of input is told apart", end_of_input_is_told_apart);
    CU_add_test(suite, "question without a terminal is refused",
                question_without_a_terminal_is_refused);
    CU_add_test(suite, "raw mode comes and goes", raw_mode_comes_and_goes);
    CU_add_test(suite, "what is no terminal has neither size nor modes",
                what_is_no_terminal_has_neither_size_nor_modes);
}
