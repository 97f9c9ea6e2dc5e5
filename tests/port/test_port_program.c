/* What a program does first and last, and what it does in the background, apart from doing it. */
#include "dialect.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

static const struct status_case {
    uint32_t status;
    int on_posix, on_windows;
} statuses[] = {{0, 0, 0},
                {1, 1, 1},
                {255, 255, 255},
                {256, 255, 256},
                {300, 44, 300},
                {0xC000013A, 0x3A, (int)0xC000013A},
                {0x10000, 255, 0x10000}};

static void a_failure_is_never_cut_to_zero(void)
{
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        const struct status_case *c = &statuses[i];
        CU_ASSERT_EQUAL(port_exit_status(c->status),
                        port_dialect()->is_windows ? c->on_windows : c->on_posix);
    }
}

static void nothing_can_be_released(void)
{
    port_free(NULL);
    port_free_secret(NULL, 0);
    port_free_secret(malloc(8), 8);
}

static void in_the_foreground_readiness_tells_nobody(void)
{
    CU_ASSERT_EQUAL(port_service_ready(true, NULL), CLEAT_OK);
    port_service_notify(PORT_SERVICE_STOPPING);
}

static void hang_up_is_a_question_on_posix_and_the_end_on_windows(void)
{
    CU_ASSERT_EQUAL(port_service_hangup_reloads(), !port_dialect()->is_windows);
}

void suite_port_program(void)
{
    CU_pSuite suite = CU_add_suite("port program", NULL, NULL);
    CU_add_test(suite, "a failure is never cut to zero", a_failure_is_never_cut_to_zero);
    CU_add_test(suite, "nothing can be released", nothing_can_be_released);
    CU_add_test(suite, "in the foreground readiness tells nobody",
                in_the_foreground_readiness_tells_nobody);
    CU_add_test(suite, "hang-up is a question on POSIX and the end on Windows",
                hang_up_is_a_question_on_posix_and_the_end_on_windows);
}
