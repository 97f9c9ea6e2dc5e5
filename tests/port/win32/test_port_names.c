/* Text and names at the border to UTF-16: what Wine would take, Windows would not. */
#include "win32/names.h"
#include "win32/wide.h"

#include "port.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void devices_are_no_files(void)
{
    static const char *const devices[] = {
        "AUX", "con", "C:\\x\\PRN.txt", "a/COM1", "lpt9.tar.gz", "C:\\x\\aux ", "AUX:"};
    static const char *const files[] = {"NUL",   "auxiliary",      "COM0",   "com10", "console.txt",
                                        "x.aux", "\\\\?\\C:\\AUX", "AUX\\x", "",      "C:\\"};
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
        CU_ASSERT_TRUE(port_name_of_device(devices[i]));
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        CU_ASSERT_FALSE(port_name_of_device(files[i]));
}

static void streams_are_no_files(void)
{
    static const char *const streams[] = {"config:x", "C:\\x:y", "\\\\?\\C:\\x:y", "C::y"};
    static const char *const files[] = {"C:\\x", "c:x", "x", "", "\\\\?\\C:\\x"};
    for (size_t i = 0; i < sizeof streams / sizeof *streams; i++)
        CU_ASSERT_TRUE(port_name_of_stream(streams[i]));
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        CU_ASSERT_FALSE(port_name_of_stream(files[i]));
}

static void files_of_such_names_are_refused_with_a_reason(void)
{
    static const char *const names[][2] = {{"C:\\AUX", "device"}, {"C:\\x:y", "stream"}};
    for (size_t i = 0; i < 2; i++) {
        cleat_error error = {0};
        uint8_t *data;
        size_t len;
        CU_ASSERT_EQUAL(port_file_read(&data, &len, names[i][0], PORT_TRUST_ANY, NULL, 100, &error),
                        CLEAT_E_BAD_CALL);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.text, names[i][1]));
        CU_ASSERT_EQUAL(
            port_file_write(names[i][0], cleat_slice_of("x"), PORT_ACCESS_PRIVATE, NULL),
            CLEAT_E_BAD_CALL);
        CU_ASSERT_EQUAL(port_file_append(names[i][0], "x", NULL), CLEAT_E_BAD_CALL);
    }
}

static void half_a_surrogate_is_no_text(void)
{
    const wchar_t half[] = {L'a', 0xD800, L'b', 0}, whole[] = {0xD83D, 0xDE00, 0};
    CU_ASSERT_PTR_NULL(port_narrow(half));
    char *text = port_narrow(whole);
    CU_ASSERT_STRING_EQUAL_FATAL(text, "\xf0\x9f\x98\x80");
    port_free(text);
    CU_ASSERT_PTR_NULL(port_wide("\xff"));
    CU_ASSERT_PTR_NULL(port_wide("\xed\xa0\x80"));
}

static void long_paths_get_the_prefix(void)
{
    char path[400], share[400];
    snprintf(path, sizeof path, "C:/%0300d", 7);
    snprintf(share, sizeof share, "//server/share/%0300d", 7);
    wchar_t *wide = port_wide_path(path), *remote = port_wide_path(share);
    wchar_t *small = port_wide_path("C:\\x");
    CU_ASSERT_FATAL(wide && remote && small);
    CU_ASSERT_EQUAL(wcsncmp(wide, L"\\\\?\\C:\\0", 8), 0);
    CU_ASSERT_EQUAL(wcsncmp(remote, L"\\\\?\\UNC\\server\\share\\0", 22), 0);
    CU_ASSERT_EQUAL(wcscmp(small, L"C:\\x"), 0);
    port_free(wide);
    port_free(remote);
    port_free(small);
}

void suite_port_names(void)
{
    CU_pSuite suite = CU_add_suite("port names", NULL, NULL);
    CU_add_test(suite, "devices are no files", devices_are_no_files);
    CU_add_test(suite, "streams are no files", streams_are_no_files);
    CU_add_test(suite, "files of such names are refused with a reason",
                files_of_such_names_are_refused_with_a_reason);
    CU_add_test(suite, "half a surrogate is no text", half_a_surrogate_is_no_text);
    CU_add_test(suite, "long paths get the prefix", long_paths_get_the_prefix);
}
