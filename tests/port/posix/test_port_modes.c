/* Terminal modes: the encoding, and that a session's terminal really has them. */
#include "port.h"
#include "port/dialect.h"
#include "port/session.h"
#include "posix/term_modes.h"

#include <CUnit/CUnit.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static session s;

static struct termios plain(void)
{
    struct termios tio = {0};
    tio.c_iflag = ICRNL;
    tio.c_oflag = OPOST | ONLCR;
    tio.c_lflag = ISIG | ICANON | ECHO;
    tio.c_cflag = CS8;
    tio.c_cc[VINTR] = 3;
    tio.c_cc[VERASE] = 127;
    cfsetispeed(&tio, B38400);
    cfsetospeed(&tio, B38400);
    return tio;
}

static cleat_slice bytes(const void *data, size_t len)
{
    return (cleat_slice){.data = data, .len = len};
}

static void modes_survive_the_wire(void)
{
    struct termios from = plain(), to = {0};
    from.c_cc[VQUIT] = _POSIX_VDISABLE;
    from.c_cflag = (from.c_cflag & ~(tcflag_t)CSIZE) | CS7 | PARENB;
    uint8_t wire[PORT_TTY_MODES_MAX];
    size_t len = port_modes_encode(&from, wire, sizeof wire);
    CU_ASSERT_EQUAL(wire[len - 1], 0);
    CU_ASSERT_EQUAL(len % 5, 1);
    to.c_cc[VQUIT] = 1;
    port_modes_apply(&to, bytes(wire, len));
    CU_ASSERT_EQUAL(to.c_iflag, from.c_iflag);
    CU_ASSERT_EQUAL(to.c_oflag, from.c_oflag);
    CU_ASSERT_EQUAL(to.c_lflag, from.c_lflag);
    CU_ASSERT_EQUAL(to.c_cflag & (CSIZE | PARENB | PARODD), CS7 | PARENB);
    CU_ASSERT_EQUAL(to.c_cc[VINTR], 3);
    CU_ASSERT_EQUAL(to.c_cc[VERASE], 127);
    CU_ASSERT_EQUAL(to.c_cc[VQUIT], _POSIX_VDISABLE);
    CU_ASSERT_EQUAL(cfgetospeed(&to), B38400);
}

static const struct list_case {
    const char *name;
    uint8_t wire[16];
    size_t len;
    bool echo_stays;
} lists[] = {
    {"echo off", {53, 0, 0, 0, 0, 0}, 6, false},
    {"end comes first", {0, 53, 0, 0, 0, 0}, 6, true},
    {"cut off argument", {53, 0, 0, 0}, 4, true},
    {"empty", {0}, 0, true},
    {"unknown opcode is passed over", {159, 0, 0, 0, 9, 53, 0, 0, 0, 0, 0}, 11, false},
    {"opcode of unknown size ends it", {160, 0, 0, 0, 9, 53, 0, 0, 0, 0, 0}, 11, true},
    {"no closing zero", {53, 0, 0, 0, 0}, 5, false},
};

static void odd_lists_are_taken_as_far_as_they_go(void)
{
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        struct termios tio = plain();
        port_modes_apply(&tio, bytes(lists[i].wire, lists[i].len));
        CU_ASSERT_EQUAL((tio.c_lflag & ECHO) != 0, lists[i].echo_stays);
        CU_ASSERT_EQUAL(tio.c_cc[VINTR], 3);
    }
}

static cleat_winsize size = {.columns = 101, .rows = 33};

static void run_on_terminal(const char *command, const char *modes, size_t modes_len)
{
    port_pty *pty;
    CU_ASSERT_EQUAL_FATAL(port_pty_open(&pty, &size, bytes(modes, modes_len), NULL), CLEAT_OK);
    CU_ASSERT_NSTRING_EQUAL(port_pty_name(pty), "/dev/", 5);
    port_command what = {.shell = "/bin/sh",
                         .command = command,
                         .env = environment_with_value(port_pty_name(pty)),
                         .directory = "/",
                         .pty = pty};
    CU_ASSERT_EQUAL_FATAL(session_start(&s, what, NULL), CLEAT_OK);
    CU_ASSERT_TRUE(session_finish(&s));
    session_close(&s);
    port_pty_close(pty);
}

static void session_terminal_has_size_and_modes(void)
{
    run_on_terminal("stty size; stty -a", "\x35\0\0\0\0\x01\0\0\0\x07", 11);
    CU_ASSERT_PTR_NOT_NULL(strstr(s.stdout_text, "33 101"));
    CU_ASSERT_PTR_NOT_NULL(strstr(s.stdout_text, "-echo "));
    CU_ASSERT_PTR_NOT_NULL(strstr(s.stdout_text, "intr = ^G;"));
}

static void a_size_beyond_all_screens_is_cut(void)
{
    cleat_winsize usual = size;
    size = (cleat_winsize){.columns = 65536 + 80, .rows = UINT32_MAX};
    run_on_terminal("stty size", "", 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(s.stdout_text, "32767 32767"));
    size = usual;
}

static void session_terminal_is_the_controlling_one(void)
{
    run_on_terminal("test \"$(tty)\" = \"$CLEAT_TEST\" && echo same >/dev/tty", "", 0);
    CU_ASSERT_NSTRING_EQUAL(s.stdout_text, "same", 4);
    CU_ASSERT_EQUAL(s.exit.status, 0);
}

static void nothing_but_the_streams_is_inherited(void)
{
    int leaky = dup(STDIN_FILENO); /* without close-on-exec, as a careless library would */
    session_run(&s, "cd /proc/self/fd 2>/dev/null || cd /dev/fd; echo *");
    /* `cd` is the shell's own, so the fourth entry can only be the directory it reads. */
    CU_ASSERT(strcmp(s.stdout_text, "0 1 2\n") == 0 || strcmp(s.stdout_text, "0 1 2 3\n") == 0);
    session_close(&s);
    close(leaky);
}

static void fatal_signals_are_named(void)
{
    session_run(&s, "kill -SEGV $$");
    CU_ASSERT_PTR_NOT_NULL_FATAL(s.exit.signal);
    CU_ASSERT_STRING_EQUAL(s.exit.signal, "SEGV");
    session_close(&s);
    session_run(&s, "kill -BUS $$");
    CU_ASSERT_STRING_EQUAL(s.exit.signal, "SIG@openssh.com");
    session_close(&s);
    session_run(&s, "kill -PIPE $$; echo not reached");
    CU_ASSERT_PTR_NOT_NULL_FATAL(s.exit.signal);
    CU_ASSERT_STRING_EQUAL(s.exit.signal, "PIPE");
    session_close(&s);
}

static void shell_without_a_command_is_a_login_shell(void)
{
    port_command what = {.shell = "/bin/sh", .env = environment_with_value(""), .directory = "/"};
    CU_ASSERT_EQUAL_FATAL(session_start(&s, what, NULL), CLEAT_OK);
    session_write(&s, "echo \"$0\"\n", true);
    CU_ASSERT_TRUE(session_finish(&s));
    CU_ASSERT_STRING_EQUAL(s.stdout_text, "-sh\n");
    session_close(&s);
}

void suite_port_modes(void)
{
    CU_pSuite suite = CU_add_suite("port modes", NULL, NULL);
    CU_add_test(suite, "modes survive the wire", modes_survive_the_wire);
    CU_add_test(suite, "odd lists are taken as far as they go",
                odd_lists_are_taken_as_far_as_they_go);
    CU_add_test(suite, "session terminal has size and modes", session_terminal_has_size_and_modes);
    CU_add_test(suite, "a size beyond all screens is cut", a_size_beyond_all_screens_is_cut);
    CU_add_test(suite, "session terminal is the controlling one",
                session_terminal_is_the_controlling_one);
    CU_add_test(suite, "nothing but the streams is inherited",
                nothing_but_the_streams_is_inherited);
    CU_add_test(suite, "fatal signals are named", fatal_signals_are_named);
    CU_add_test(suite, "shell without a command is a login shell",
                shell_without_a_command_is_a_login_shell);
}
