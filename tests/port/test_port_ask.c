/* SSH_ASKPASS programs. */
#include "dialect.h"

#include <CUnit/CUnit.h>
#include <string.h>
#include <uv.h>

static char *scratch, *program;

static int make(void)
{
    uv_fs_t done;
    scratch = make_scratch();
    program = below(scratch, port_dialect()->askpass_name);
    put_file(program, port_dialect()->askpass_text);
    return uv_fs_chmod(NULL, &done, program, 0700, NULL);
}

static int clean(void)
{
    remove_tree(scratch);
    port_free(scratch);
    port_free(program);
    return 0;
}

static void first_line_is_the_answer(void)
{
    char *answer;
    CU_ASSERT_EQUAL_FATAL(port_askpass(&answer, program, "prompt", "confirm", NULL), CLEAT_OK);
    CU_ASSERT_STRING_EQUAL(answer, "prompt:confirm");
    port_free_secret(answer, strlen(answer));
}

static void refusal_is_a_cancel(void)
{
    char *answer;
    cleat_error error = {0};
    CU_ASSERT_EQUAL(port_askpass(&answer, program, "no", NULL, &error), CLEAT_E_CANCELLED);
    CU_ASSERT_PTR_NULL(answer);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, program));
}

static void missing_program_is_reported(void)
{
    char *answer, *missing = below(scratch, "missing");
    cleat_error error = {0};
    CU_ASSERT_EQUAL(port_askpass(&answer, missing, "prompt", NULL, &error), CLEAT_E_NO_SUCH);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, missing));
    port_free(missing);
}

static void questions_and_programs_that_are_none_are_refused(void)
{
    static const char *const bad[] = {NULL, "\xff"};
    char *answer = scratch;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CU_ASSERT_EQUAL(port_tty_ask(&answer, bad[i], false, NULL), CLEAT_E_BAD_CALL);
        CU_ASSERT_PTR_NULL(answer);
        CU_ASSERT_EQUAL(port_askpass(&answer, bad[i], "prompt", NULL, NULL), CLEAT_E_BAD_CALL);
        CU_ASSERT_EQUAL(port_askpass(&answer, program, bad[i], NULL, NULL), CLEAT_E_BAD_CALL);
        CU_ASSERT_PTR_NULL(answer);
    }
    CU_ASSERT_EQUAL(port_askpass(&answer, "", "prompt", NULL, NULL), CLEAT_E_BAD_CALL);
    CU_ASSERT_EQUAL(port_askpass(&answer, program, "prompt", "a\nB=c", NULL), CLEAT_E_BAD_CALL);
}

void suite_port_ask(void)
{
    CU_pSuite suite = CU_add_suite("port ask", make, clean);
    CU_add_test(suite, "first line is the answer", first_line_is_the_answer);
    CU_add_test(suite, "refusal is a cancel", refusal_is_a_cancel);
    CU_add_test(suite, "missing program is reported", missing_program_is_reported);
    CU_add_test(suite, "questions and programs that are none are refused",
                questions_and_programs_that_are_none_are_refused);
}
