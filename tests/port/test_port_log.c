/* The system log. */
#include "port.h"

#include <CUnit/CUnit.h>
#include <string.h>

static void facility_words_are_known(void)
{
    static const char *const words[] = {"AUTH", "daemon", "LOCAL7", "USER"};
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
}

void suite_port_log(void)
{
    CU_pSuite suite = CU_add_suite("port log", NULL, NULL);
    CU_add_test(suite, "facility words are known", facility_words_are_known);
    CU_add_test(suite, "unknown facility is a configuration error",
                unknown_facility_is_a_configuration_error);
}
