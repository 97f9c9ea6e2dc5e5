/* Session processes over three pipes. */
#include "dialect.h"
#include "session.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static session s;

static void output_and_status_arrive(void)
{
    session_run(&s, "echo hello");
    CU_ASSERT_NSTRING_EQUAL(s.stdout_text, "hello", 5);
    CU_ASSERT_EQUAL(s.stderr_len, 0);
    CU_ASSERT_EQUAL(s.exit.status, 0);
    CU_ASSERT_PTR_NULL(s.exit.signal);
    session_close(&s);
}

static void failure_status_arrives(void)
{
    session_run(&s, "exit 7");
    CU_ASSERT_EQUAL(s.exit.status, 7);
    session_close(&s);
}

static void stderr_is_apart(void)
{
    session_run(&s, port_dialect()->to_stderr);
    CU_ASSERT_EQUAL(s.stdout_len, 0);
    CU_ASSERT_NSTRING_EQUAL(s.stderr_text, "oops", 4);
    session_close(&s);
}

static void environment_is_the_given_one(void)
{
    session_run(&s, port_dialect()->show_value);
    CU_ASSERT_NSTRING_EQUAL(s.stdout_text, "some value", 10);
    session_close(&s);
}

static void end_of_input_reaches_the_process(void)
{
    port_command what = {.shell = port_dialect()->shell,
                         .command = port_dialect()->copy_input,
                         .env = environment_with_value(""),
                         .directory = "/"};
    CU_ASSERT_EQUAL_FATAL(session_start(&s, what, NULL), CLEAT_OK);
    session_write(&s, "one\ntwo\n", true);
    CU_ASSERT_TRUE(session_finish(&s));
    CU_ASSERT_PTR_NOT_NULL(strstr(s.stdout_text, "one"));
    CU_ASSERT_EQUAL(s.exit.status, 0);
    session_close(&s);
}

static void large_output_is_whole(void)
{
    enum { SIZE = 5 << 16 }; /* several times what a pipe holds; more is slow under Wine */
    char *scratch = make_scratch();
    char *path = below(scratch, "large"), *bytes = malloc(SIZE), command[600];
    memset(bytes, 'x', SIZE);
    cleat_slice content = {.data = (const uint8_t *)bytes, .len = SIZE};
    CU_ASSERT_EQUAL(port_file_write(path, content, PORT_ACCESS_PRIVATE, NULL), CLEAT_OK);
    snprintf(command, sizeof command, "%s %s", port_dialect()->show_file, path);
    session_run(&s, command);
    CU_ASSERT_EQUAL(s.stdout_len, SIZE);
    session_close(&s);
    free(bytes);
    port_free(path);
    remove_tree(scratch);
    port_free(scratch);
}

static void directory_is_entered(void)
{
    char *scratch = make_scratch();
    port_command what = {.shell = port_dialect()->shell,
                         .command = port_dialect()->show_directory,
                         .env = environment_with_value(""),
                         .directory = scratch};
    CU_ASSERT_EQUAL_FATAL(session_start(&s, what, NULL), CLEAT_OK);
    CU_ASSERT_TRUE(session_finish(&s));
    const char *tail = strstr(scratch, "cleat-port-");
    CU_ASSERT_PTR_NOT_NULL(strstr(s.stdout_text, tail));
    session_close(&s);
    remove_tree(scratch);
    port_free(scratch);
}

static void missing_directory_is_survived_and_told(void)
{
    port_command what = {.shell = port_dialect()->shell,
                         .command = "echo here",
                         .env = environment_with_value(""),
                         .directory = "/no/such/directory"};
    CU_ASSERT_EQUAL_FATAL(session_start(&s, what, NULL), CLEAT_OK);
    CU_ASSERT_TRUE(session_finish(&s));
    CU_ASSERT_NSTRING_EQUAL(s.stdout_text, "here", 4);
    CU_ASSERT_PTR_NOT_NULL(strstr(s.stderr_text, "/no/such/directory"));
    CU_ASSERT_EQUAL(s.exit.status, 0);
    session_close(&s);
}

static void missing_shell_is_reported(void)
{
    port_command what = {.shell = port_dialect()->missing_shell,
                         .command = "echo hello",
                         .env = environment_with_value(""),
                         .directory = "/"};
    cleat_error error = {0};
    CU_ASSERT_EQUAL(session_start(&s, what, &error), CLEAT_E_NO_SUCH);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, port_dialect()->missing_shell));
    CU_ASSERT_PTR_NULL(s.process);
    session_close(&s);
}

static void shells_and_variables_that_are_none_are_refused(void)
{
    static const char *const no_pair[] = {"A=1", "novalue", NULL}, *const no_name[] = {"=x", NULL};
    const char *shell = port_dialect()->shell;
    const port_command bad[] = {
        {.shell = NULL, .env = environment_with_value("")},
        {.shell = "", .env = environment_with_value("")},
        {.shell = "sh", .env = environment_with_value("")},
        {.shell = "bin/sh\n", .env = environment_with_value("")},
        {.shell = shell, .env = no_pair},
        {.shell = shell, .env = no_name},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        port_command command = bad[i];
        command.command = "exit";
        command.directory = "/";
        port_process *process = (port_process *)&command;
        port_stdio stdio = {1, 2, 3};
        cleat_error error = {0};
        CU_ASSERT_EQUAL(port_process_start(&process, &stdio, &command, &error), CLEAT_E_BAD_CALL);
        CU_ASSERT_PTR_NULL(process);
        CU_ASSERT(stdio.in == -1 && stdio.out == -1 && stdio.err == -1);
        CU_ASSERT(strlen(error.text) > 0);
    }
}

static void start_lingering(void)
{
    port_command what = {.shell = port_dialect()->shell,
                         .command = port_dialect()->linger,
                         .env = environment_with_value(""),
                         .directory = "/"};
    CU_ASSERT_EQUAL_FATAL(session_start(&s, what, NULL), CLEAT_OK);
    CU_ASSERT_TRUE(session_wait_for(&s, "ready"));
}

static void signal_ends_the_whole_group(void)
{
    start_lingering();
    port_exit how;
    CU_ASSERT_FALSE(port_process_exit(s.process, &how));
    CU_ASSERT_EQUAL(port_process_signal(s.process, "TERM", NULL), CLEAT_OK);
    /* The output ends only when the shell's child has gone too. */
    CU_ASSERT_TRUE(session_finish(&s));
    CU_ASSERT_PTR_NOT_NULL_FATAL(s.exit.signal);
    CU_ASSERT_STRING_EQUAL(s.exit.signal, "TERM");
    session_close(&s);
}

static void unknown_signal_is_refused(void)
{
    start_lingering();
    cleat_error error = {0};
    CU_ASSERT_EQUAL(port_process_signal(s.process, "NONSENSE", &error), CLEAT_E_NO_SUCH);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "NONSENSE"));
    static const char *const no_names[] = {NULL, "", "TERM\n", "\xff"};
    for (size_t i = 0; i < sizeof no_names / sizeof *no_names; i++)
        CU_ASSERT_EQUAL(port_process_signal(s.process, no_names[i], &error), CLEAT_E_NO_SUCH);
    CU_ASSERT_EQUAL(port_process_signal(s.process, "KILL", NULL), CLEAT_OK);
    CU_ASSERT_TRUE(session_finish(&s));
    session_close(&s);
}

static void free_does_not_wait_for_a_running_process(void)
{
    start_lingering();
    CU_ASSERT_EQUAL(port_process_signal(s.process, "KILL", NULL), CLEAT_OK);
    port_process_free(s.process); /* ended or not, whichever comes first */
    s.process = NULL;
    session_close(&s);
}

static void fifty_sessions_one_after_another(void)
{
    for (int i = 0; i < 50; i++) {
        char command[32];
        snprintf(command, sizeof command, "echo %d", i);
        session_run(&s, command);
        CU_ASSERT_NSTRING_EQUAL(s.stdout_text, command + 5, strlen(command + 5));
        CU_ASSERT_EQUAL(s.exit.status, 0);
        session_close(&s);
    }
}

void suite_port_process(void)
{
    CU_pSuite suite = CU_add_suite("port process", NULL, NULL);
    CU_add_test(suite, "output and status arrive", output_and_status_arrive);
    CU_add_test(suite, "failure status arrives", failure_status_arrives);
    CU_add_test(suite, "stderr is apart", stderr_is_apart);
    CU_add_test(suite, "environment is the given one", environment_is_the_given_one);
    CU_add_test(suite, "end of input reaches the process", end_of_input_reaches_the_process);
    CU_add_test(suite, "large output is whole", large_output_is_whole);
    CU_add_test(suite, "directory is entered", directory_is_entered);
    CU_add_test(suite, "missing directory is survived and told",
                missing_directory_is_survived_and_told);
    CU_add_test(suite, "missing shell is reported", missing_shell_is_reported);
    CU_add_test(suite, "shells and variables that are none are refused",
                shells_and_variables_that_are_none_are_refused);
    CU_add_test(suite, "signal ends the whole group", signal_ends_the_whole_group);
    CU_add_test(suite, "unknown signal is refused", unknown_signal_is_refused);
    CU_add_test(suite, "free does not wait for a running process",
                free_does_not_wait_for_a_running_process);
    CU_add_test(suite, "fifty sessions one after another", fifty_sessions_one_after_another);
}
