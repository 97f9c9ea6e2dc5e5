/* Session processes on a pseudo-terminal. */
#include "dialect.h"
#include "session.h"

#include <CUnit/CUnit.h>
#include <string.h>

static session s;
static const cleat_winsize usual = {.columns = 80, .rows = 24};

static port_pty *open_pty(void)
{
    port_pty *pty;
    cleat_error error = {0};
    CU_ASSERT_EQUAL_FATAL(port_pty_open(&pty, &usual, cleat_slice_of(""), &error), CLEAT_OK);
    return pty;
}

static void start(port_pty *pty, const char *command)
{
    port_command what = {.shell = port_dialect()->shell,
                         .command = command,
                         .env = environment_with_value("in a terminal"),
                         .directory = "/",
                         .pty = pty};
    cleat_error error = {0};
    CU_ASSERT_EQUAL_FATAL(session_start(&s, what, &error), CLEAT_OK);
}

static void finish(port_pty *pty)
{
    CU_ASSERT_TRUE(session_finish(&s));
    session_close(&s);
    port_pty_close(pty);
}

static void typed_commands_run_and_the_status_arrives(void)
{
    port_pty *pty = open_pty();
    start(pty, port_dialect()->pty_shell);
    CU_ASSERT_FALSE(s.has_err);
    session_write(&s, "echo $CLEAT_TEST %CLEAT_TEST%\rexit 3\r", false);
    CU_ASSERT_TRUE(session_wait_for(&s, "in a terminal"));
    CU_ASSERT_TRUE(session_wait_exit(&s));
    CU_ASSERT_EQUAL(s.exit.status, 3);
    finish(pty);
}

static void resize_is_done_or_refused(void)
{
    port_pty *pty = open_pty();
    cleat_winsize wide = {.columns = 132, .rows = 50};
    cleat_error error = {0};
    cleat_status status = port_pty_resize(pty, &wide, &error);
    CU_ASSERT(status == CLEAT_OK || port_dialect()->is_windows);
    port_pty_close(pty);
}

static void sizes_beyond_all_screens_are_cut(void)
{
    port_pty *pty;
    cleat_winsize huge = {UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX}, none = {0};
    CU_ASSERT_EQUAL_FATAL(port_pty_open(&pty, &none, cleat_slice_of(""), NULL), CLEAT_OK);
    cleat_status status = port_pty_resize(pty, &huge, NULL);
    CU_ASSERT(status == CLEAT_OK || port_dialect()->is_windows);
    port_pty_close(pty);
}

static void a_terminal_takes_one_process(void)
{
    port_pty *pty = open_pty();
    start(pty, port_dialect()->pty_shell);
    port_command again = {.shell = port_dialect()->shell,
                          .command = "exit",
                          .env = environment_with_value(""),
                          .directory = "/",
                          .pty = pty};
    port_process *second;
    port_stdio stdio;
    CU_ASSERT_EQUAL(port_process_start(&second, &stdio, &again, NULL), CLEAT_E_BAD_CALL);
    CU_ASSERT_PTR_NULL(second);
    CU_ASSERT_EQUAL(stdio.in, -1);
    session_write(&s, "exit\r", false);
    finish(pty);
}

static void terminal_without_a_process_can_be_closed(void)
{
    port_pty_close(open_pty());
    port_pty_close(NULL);
}

void suite_port_pty(void)
{
    CU_pSuite suite = CU_add_suite("port pty", NULL, NULL);
    CU_add_test(suite, "typed commands run and the status arrives",
                typed_commands_run_and_the_status_arrives);
    CU_add_test(suite, "resize is done or refused", resize_is_done_or_refused);
    CU_add_test(suite, "sizes beyond all screens are cut", sizes_beyond_all_screens_are_cut);
    CU_add_test(suite, "a terminal takes one process", a_terminal_takes_one_process);
    CU_add_test(suite, "terminal without a process can be closed",
                terminal_without_a_process_can_be_closed);
}
