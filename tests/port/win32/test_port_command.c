/* Commands that Windows cannot be given, which Wine would take. */
#include "port.h"
#include "port/dialect.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

static void expect_refusal(const char *command, const char *const *env, cleat_status expected,
                           const char *said)
{
    port_command what = {
        .shell = port_dialect()->shell, .command = command, .env = env, .directory = "/"};
    port_process *process;
    port_stdio stdio;
    cleat_error error = {0};
    CU_ASSERT_EQUAL(port_process_start(&process, &stdio, &what, &error), expected);
    CU_ASSERT_PTR_NULL(process);
    CU_ASSERT(stdio.in == -1 && stdio.out == -1 && stdio.err == -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, said));
}

static void text_that_is_not_utf8_is_refused_with_a_reason(void)
{
    static const char *const odd[] = {"A=\xff", NULL};
    expect_refusal("echo \xff", environment_with_value(""), CLEAT_E_BAD_CALL, "UTF-8");
    expect_refusal("echo", odd, CLEAT_E_BAD_CALL, "UTF-8");
}

static void a_line_beyond_the_systems_limit_is_refused(void)
{
    enum { TOO_LONG = 33000 };
    char *command = calloc(1, TOO_LONG + 1);
    memset(command, 'x', TOO_LONG);
    expect_refusal(command, environment_with_value(""), CLEAT_E_LIMIT, "32766");
    free(command);
}

void suite_port_command(void)
{
    CU_pSuite suite = CU_add_suite("port command", NULL, NULL);
    CU_add_test(suite, "text that is not UTF-8 is refused with a reason",
                text_that_is_not_utf8_is_refused_with_a_reason);
    CU_add_test(suite, "a line beyond the system's limit is refused",
                a_line_beyond_the_systems_limit_is_refused);
}
