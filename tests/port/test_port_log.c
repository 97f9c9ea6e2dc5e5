/* The system log. */
#include "port.h"

#include <CUnit/CUnit.h>
#include <string.h>

static void facility_words_are_known(void)
{
    static const char *const words[] = {"AUTH", "daemon", "LOCAL7", "USER", "AuthPriv"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        CU_ASSERT_EQUAL(port_log_open("cleat-test", words[i], NULL), CLEAT_OK);
        port_log_write(CLEAT_LOG_DEBUG3, "a line of the tests with a % in it");
        port_log_close();
    }
}

static void unknown_facility_is_a_configuration_error(void)
{
    cleat_error error = {0};
    CU_ASSERT_EQUAL(port_log_open("cleat-test", "KITCHEN", &error), CLEAT_E_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "KITCHEN"));
    static const char *const words[] = {NULL, "", "AUT", "AUTHX", "AUTH\n"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        CU_ASSERT_EQUAL(port_log_open("cleat-test", words[i], NULL), CLEAT_E_CONFIG);
}

static void a_program_has_a_name(void)
{
    static const char *const names[] = {NULL, "", "cleat\n", "\xff"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        CU_ASSERT_EQUAL(port_log_open(names[i], "AUTH", NULL), CLEAT_E_BAD_CALL);
}

static void nothing_to_say_is_not_said(void)
{
    CU_ASSERT_EQUAL(port_log_open("cleat-test", "AUTH", NULL), CLEAT_OK);
    port_log_write(CLEAT_LOG_INFO, NULL);
    port_log_write(CLEAT_LOG_QUIET, "not this");
    port_log_close();
}

void suite_port_log(void)
{
    CU_pSuite suite = CU_add_suite("port log", NULL, NULL);
    CU_add_test(suite, "facility words are known", facility_words_are_known);
    CU_add_test(suite, "unknown facility is a configuration error",
                unknown_facility_is_a_configuration_error);
    CU_add_test(suite, "a program has a name", a_program_has_a_name);
    CU_add_test(suite, "nothing to say is not said", nothing_to_say_is_not_said);
}
