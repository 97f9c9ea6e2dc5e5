/* The terminal's calls on what is no terminal. On real ones: posix/test_port_tty.c, and the Windows
 * client's tests on a console. */
#include "dialect.h"

#include <CUnit/CUnit.h>
#include <string.h>
#include <uv.h>

static char *scratch, *path;
static int fd = -1;

static int make(void)
{
    uv_fs_t opened;
    scratch = make_scratch();
    path = below(scratch, "plain");
    put_file(path, "");
    fd = uv_fs_open(NULL, &opened, path, UV_FS_O_RDWR, 0, NULL);
    uv_fs_req_cleanup(&opened);
    return fd < 0;
}

static int clean(void)
{
    uv_fs_t closed;
    uv_fs_close(NULL, &closed, fd, NULL);
    remove_tree(scratch);
    port_free(path);
    port_free(scratch);
    return 0;
}

static void a_file_has_no_size(void)
{
    cleat_winsize size = {.columns = 7};
    CU_ASSERT_FALSE(port_tty_size(fd, &size));
    CU_ASSERT_EQUAL(size.columns, 0);
}

static void modes_of_a_file_are_the_closing_zero(void)
{
    uint8_t modes[PORT_TTY_MODES_MAX] = {1, 2, 3};
    CU_ASSERT_EQUAL(port_tty_modes(fd, modes), 1);
    CU_ASSERT_EQUAL(modes[0], 0);
}

static void raw_mode_of_a_file_changes_nothing(void)
{
    port_raw *raw;
    CU_ASSERT_EQUAL(port_raw_enter(&raw, fd, fd, NULL), CLEAT_OK);
    port_raw_leave(raw);
    port_raw_leave(NULL);
}

static void no_descriptor_is_no_terminal(void)
{
    cleat_winsize size;
    uint8_t modes[PORT_TTY_MODES_MAX];
    port_raw *raw;
    CU_ASSERT_FALSE(port_tty_size(-1, &size));
    CU_ASSERT_EQUAL(port_tty_modes(-1, modes), 1);
    CU_ASSERT_EQUAL(port_raw_enter(&raw, -1, -1, NULL), CLEAT_OK);
    port_raw_leave(raw);
}

void suite_port_terminal(void)
{
    CU_pSuite suite = CU_add_suite("port terminal", make, clean);
    CU_add_test(suite, "a file has no size", a_file_has_no_size);
    CU_add_test(suite, "modes of a file are the closing zero",
                modes_of_a_file_are_the_closing_zero);
    CU_add_test(suite, "raw mode of a file changes nothing", raw_mode_of_a_file_changes_nothing);
    CU_add_test(suite, "no descriptor is no terminal", no_descriptor_is_no_terminal);
}
