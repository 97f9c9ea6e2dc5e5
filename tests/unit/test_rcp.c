/* The lines of the old protocol of scp: what is read, what is refused, and writing them. */
#include "../../libcore/base/slice.h"

#include <CUnit/CUnit.h>
#include <cleat/rcp.h>
#include <string.h>

static cleat_status read_text(const char *text, cleat_rcp_line *line)
{
    return cleat_rcp_read(line, cleat_slice_of(text), NULL);
}

static void lines_are_read(void)
{
    cleat_rcp_line line;
    CU_ASSERT_EQUAL(read_text("C0644 12 a name", &line), CLEAT_OK);
    CU_ASSERT_EQUAL(line.type, CLEAT_RCP_FILE);
    CU_ASSERT_EQUAL(line.mode, 0644);
    CU_ASSERT_EQUAL(line.size, 12);
    CU_ASSERT_TRUE(cl_slice_is(line.text, "a name"));
    CU_ASSERT_EQUAL(read_text("D4755 0 ...", &line), CLEAT_OK);
    CU_ASSERT_EQUAL(line.type, CLEAT_RCP_DIRECTORY);
    CU_ASSERT_EQUAL(line.mode, 04755);
    CU_ASSERT_EQUAL(read_text("T1500000000 0 1400000000 999999", &line), CLEAT_OK);
    CU_ASSERT_EQUAL(line.mtime, 1500000000);
    CU_ASSERT_EQUAL(line.atime, 1400000000);
    CU_ASSERT_EQUAL(read_text("E", &line), CLEAT_OK);
    CU_ASSERT_EQUAL(read_text("\001scp: no such file", &line), CLEAT_OK);
    CU_ASSERT_EQUAL(line.type, CLEAT_RCP_WARNING);
    CU_ASSERT_TRUE(cl_slice_is(line.text, "scp: no such file"));
    CU_ASSERT_EQUAL(read_text("C0644 9223372036854775807 x", &line), CLEAT_OK);
}

static void others_are_refused(void)
{
    static const char *const bad[] = {"",
                                      "X",
                                      "C",
                                      "C0644",
                                      "C0644 12",
                                      "C0644 12 ",
                                      "C644 12 x",
                                      "C00644 12 x",
                                      "C0648 12 x",
                                      "C0644 -1 x",
                                      "C0644 9223372036854775808 x",
                                      "C0644 1a x",
                                      "C0644 12 .",
                                      "C0644 12 ..",
                                      "C0644 12 ../x",
                                      "C0644 12 /etc/passwd",
                                      "C0644 12 a/b",
                                      "D0755 0 ..",
                                      "E0",
                                      "T1",
                                      "T1 0 2",
                                      "T1 0 2 0 3",
                                      "T-1 0 2 0",
                                      "T1 1000000 2 0",
                                      "c0644 12 x"};
    cleat_rcp_line line;
    cleat_error error = {0};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CU_ASSERT_EQUAL(read_text(bad[i], &line), CLEAT_E_PROTO);
    CU_ASSERT_EQUAL(cleat_rcp_read(&line, cl_slice("C0644 1 a\0b", 11), &error), CLEAT_E_PROTO);
    CU_ASSERT_TRUE(strstr(error.text, "a name that is none") != NULL);
    char big[CLEAT_RCP_LINE_MAX];
    memset(big, 'x', sizeof big);
    memcpy(big, "C0644 1 ", 8);
    CU_ASSERT_EQUAL(cleat_rcp_read(&line, cl_slice(big, sizeof big), NULL), CLEAT_E_PROTO);
}

static void what_is_written_is_read(void)
{
    char out[CLEAT_RCP_LINE_MAX];
    cleat_rcp_line line = {
        .type = CLEAT_RCP_FILE, .mode = 0100640, .size = 7, .text = cleat_slice_of("x y")};
    CU_ASSERT_EQUAL(cleat_rcp_write(&line, out), 12);
    CU_ASSERT_STRING_EQUAL(out, "C0640 7 x y\n");
    line.type = CLEAT_RCP_WARNING;
    CU_ASSERT_TRUE(cleat_rcp_write(&line, out) > 0);
    CU_ASSERT_STRING_EQUAL(out, "\001x y\n");
    line = (cleat_rcp_line){.type = CLEAT_RCP_TIMES, .mtime = 5, .atime = -1};
    CU_ASSERT_TRUE(cleat_rcp_write(&line, out) > 0);
    CU_ASSERT_STRING_EQUAL(out, "T5 0 0 0\n");
    line = (cleat_rcp_line){.type = CLEAT_RCP_END};
    CU_ASSERT_EQUAL(cleat_rcp_write(&line, out), 2);
    line = (cleat_rcp_line){.type = CLEAT_RCP_FILE, .text = cleat_slice_of("two\nlines")};
    CU_ASSERT_EQUAL(cleat_rcp_write(&line, out), 0);
    line.text = cleat_slice_of("..");
    CU_ASSERT_EQUAL(cleat_rcp_write(&line, out), 0);
}

void suite_rcp(void)
{
    CU_pSuite suite = CU_add_suite("rcp", NULL, NULL);
    CU_add_test(suite, "lines are read", lines_are_read);
    CU_add_test(suite, "others are refused", others_are_refused);
    CU_add_test(suite, "what is written is read", what_is_written_is_read);
}
