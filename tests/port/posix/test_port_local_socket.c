/* Sockets that are files. */
#include "port.h"

#include "posix/fd.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void a_path_that_is_too_long_is_not_cut(void)
{
    char path[300] = "/";
    cleat_error error = {0};
    int fd = 7;
    memset(path + 1, 'x', 200);
    CU_ASSERT_EQUAL(port_local_connect(&fd, path, &error), CLEAT_E_LIMIT);
    CU_ASSERT_EQUAL(fd, -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "too long"));
    CU_ASSERT_FALSE(port_local_path_fits(path));
    CU_ASSERT_TRUE(port_local_path_fits("/a"));
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

static bool binds(const char *path, unsigned mask, bool replace)
{
    int fd;
    cleat_status st = port_local_bind(&fd, path, mask, replace, NULL);
    CU_ASSERT_EQUAL(fd >= 0, st == CLEAT_OK);
    port_fd_close(&fd);
    return st == CLEAT_OK;
}

static mode_t mode_of(const char *path)
{
    struct stat about = {0};
    CU_ASSERT_EQUAL(lstat(path, &about), 0);
    return about.st_mode;
}

static void the_mask_is_the_socket_s_and_nothing_else_s(void)
{
    char folder[] = "/tmp/cleat-test-XXXXXX", path[64];
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/s", folder);
    mode_t before = umask(022);
    CU_ASSERT(binds(path, 0, false));
    CU_ASSERT_EQUAL(mode_of(path) & 0777, 0777);
    CU_ASSERT_FALSE(binds(path, 0, false));
    CU_ASSERT(binds(path, 0177, true));
    CU_ASSERT_EQUAL(mode_of(path) & 0777, 0600);
    CU_ASSERT_EQUAL(umask(before), 022);
    unlink(path);
    rmdir(folder);
}

static void a_file_never_makes_way(void)
{
    char path[] = "/tmp/cleat-test-XXXXXX";
    int file = mkstemp(path);
    CU_ASSERT_FATAL(file >= 0);
    CU_ASSERT_FALSE(binds(path, 0177, true));
    CU_ASSERT(S_ISREG(mode_of(path)));
    close(file);
    unlink(path);
}

void suite_port_local_socket(void);

void suite_port_local_socket(void)
{
    CU_pSuite s = CU_add_suite("port local socket", NULL, NULL);
    CU_add_test(s, "a path that is too long is not cut", a_path_that_is_too_long_is_not_cut);
    CU_add_test(s, "a path is absolute", a_path_is_absolute);
    CU_add_test(s, "what is not there is said", what_is_not_there_is_said);
    CU_add_test(s, "the mask is the socket's and nothing else's",
                the_mask_is_the_socket_s_and_nothing_else_s);
    CU_add_test(s, "a file never makes way", a_file_never_makes_way);
}
