/* Runs the suites of one test program, or those named on the command line, and prints a line for
 * each failed assertion and one with the counts. `-l` lists the suites. */
#include "suites.h"

#include <CUnit/CUnit.h>
#include <CUnit/TestRun.h>
#include <cleat/ctx.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    void (*add)(void);
} suites[] = {
#define SUITE(name) {#name, suite_##name},
#include "suites.def"
#undef SUITE
};

static bool is_wanted(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], name) == 0)
            return true;
    }
    return argc < 2;
}

static int list(void)
{
    for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++)
        printf("%s\n", suites[i].name);
    return EXIT_SUCCESS;
}

/* The name goes out before the test runs, so that a crash shows where it happened. */
static void before_test(const CU_pTest test, const CU_pSuite suite)
{
    printf("%s: %s\n", suite->pName, test->pName);
    fflush(stdout);
}

static void after_test(const CU_pTest test, const CU_pSuite suite, const CU_pFailureRecord failures)
{
    for (const CU_FailureRecord *f = failures; f; f = f->pNext) {
        printf("FAILED %s: %s: %s:%u: %s\n", suite->pName, test->pName,
               f->strFileName ? f->strFileName : "?", f->uiLineNumber,
               f->strCondition ? f->strCondition : "?");
    }
    fflush(stdout);
}

int main(int argc, char **argv)
{
    tests_end_on_crash();
    if (cleat_crypto_wipe_freed() != CLEAT_OK) /* as the programs do */
        return EXIT_FAILURE;
    if (argc == 2 && strcmp(argv[1], "-l") == 0)
        return list();
    if (CU_initialize_registry() != CUE_SUCCESS)
        return EXIT_FAILURE;
    for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++) {
        if (is_wanted(suites[i].name, argc, argv))
            suites[i].add();
    }
    CU_set_test_start_handler(before_test);
    CU_set_test_complete_handler(after_test);
    CU_ErrorCode run = CU_run_all_tests();
    unsigned failed = CU_get_number_of_tests_failed() + CU_get_number_of_suites_failed();
    unsigned passed = CU_get_number_of_tests_run() - CU_get_number_of_tests_failed();
    CU_cleanup_registry();
    printf("tests: %u passed, %u failed\n", passed, failed);
    return run == CUE_SUCCESS && failed == 0 && passed > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
