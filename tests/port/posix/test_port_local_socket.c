/* Sockets that are files. */
#include "port.h"

#include <CUnit/CUnit.h>
#include <string.h>

static void a_path_that_is_too_long_is_not_cut(void)
{
    char path[300] = "/";
    cleat_error error = {0};
    int fd = 7;
    memset(path + 1, 'x', 200);
    CU_ASSERT_EQUAL(port_local_connect(&fd, path, &error), CLEAT_E_LIMIT);
    CU_ASSERT_EQUAL(fd, -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "too long"));
}

static void a_path_is_absolute(void)
{
    int fd = 7;
    CU_ASSERT_EQUAL(port_local_connect(&fd, "here", NULL), CLEAT_E_BAD_CALL);
    CU_ASSERT_EQUAL(port_local_connect(&fd, "", NULL), CLEAT_E_BAD_CALL);
    CU_ASSERT_EQUAL(fd, -1);
}

static void what_is_not_there_is_said(void)
{
    int fd = 7;
    CU_ASSERT_EQUAL(port_local_connect(&fd, "/nothing/here", NULL), CLEAT_E_NO_SUCH);
    CU_ASSERT_EQUAL(fd, -1);
}

void suite_port_local_socket(void);

void suite_port_local_socket(void)
{
    CU_pSuite s = CU_add_suite("port local socket", NULL, NULL);
    CU_add_test(s, "a path that is too long is not cut", a_path_that_is_too_long_is_not_cut);
    CU_add_test(s, "a path is absolute", a_path_is_absolute);
    CU_add_test(s, "what is not there is said", what_is_not_there_is_said);
}
