/* What text, names and paths may be on every platform. */
#include "check.h"

#include "port.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

static const struct path_case {
    const char *path;
    const char *said; /* NULL: it is one */
} paths[] = {
    {"x", NULL},
    {"/a b/c", NULL},
    {"C:\\x", NULL},
    {"sch\xc3\xb6n-\xe6\x97\xa5-\xf0\x9f\x98\x80", NULL},
    {"\xf4\x8f\xbf\xbf", NULL}, /* the last character there is */
    {NULL, "missing"},
    {"", "empty"},
    {"a\nb", "control"},
    {"a\x7f", "control"},
    {"a\xc2\x85", "control"},
    {"\xff", "UTF-8"},
    {"a\xc3", "UTF-8"},
    {"a\xc3(", "UTF-8"},
    {"\xc0\xaf", "UTF-8"},         /* over-long, two bytes */
    {"\xe0\x9f\xbf", "UTF-8"},     /* three */
    {"\xf0\x8f\xbf\xbf", "UTF-8"}, /* four */
    {"\xed\xa0\x80", "UTF-8"},     /* half a surrogate */
    {"\xf4\x90\x80\x80", "UTF-8"}, /* beyond the last */
    {"\xe6\x97", "UTF-8"},
};

static void paths_are_text_without_control_characters(void)
{
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        cleat_error error = {0};
        cleat_status status = port_check_path(paths[i].path, &error);
        CU_ASSERT_EQUAL(status, paths[i].said ? CLEAT_E_BAD_CALL : CLEAT_OK);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.text, paths[i].said ? paths[i].said : ""));
        CU_ASSERT_EQUAL(port_check_path(paths[i].path, NULL), status);
    }
}

static void a_path_has_a_length(void)
{
    char *path = calloc(1, PORT_PATH_MAX + 2);
    cleat_error error = {0};
    memset(path, 'x', PORT_PATH_MAX);
    CU_ASSERT_EQUAL(port_check_path(path, NULL), CLEAT_OK);
    path[PORT_PATH_MAX] = 'x';
    CU_ASSERT_EQUAL(port_check_path(path, &error), CLEAT_E_BAD_CALL);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "longer"));
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "xxx..."));
    free(path);
}

static void a_question_may_have_lines(void)
{
    cleat_error error = {0};
    CU_ASSERT_EQUAL(port_check_text("two\nlines", "a question", 9, &error), CLEAT_OK);
    CU_ASSERT_EQUAL(port_check_text("", "a question", 9, &error), CLEAT_OK);
    CU_ASSERT_EQUAL(port_check_text("ten bytes.", "a question", 9, &error), CLEAT_E_BAD_CALL);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "a question"));
}

static void names_are_short_and_printable(void)
{
    CU_ASSERT_TRUE(port_is_name("TERM", 4));
    CU_ASSERT_TRUE(port_is_name("j\xc3\xbcrgen o'x", 64));
    CU_ASSERT_FALSE(port_is_name("TERMS", 4));
    CU_ASSERT_FALSE(port_is_name("", 4));
    CU_ASSERT_FALSE(port_is_name(NULL, 4));
    CU_ASSERT_FALSE(port_is_name("a\r", 4));
    CU_ASSERT_FALSE(port_is_name("\xff", 4));
}

static void reports_show_any_text_safely(void)
{
    char room[PORT_SHOWN_ROOM], expected[PORT_SHOWN_ROOM], text[PORT_SHOWN_ROOM + 1] = {0};
    CU_ASSERT_STRING_EQUAL(port_shown(room, "a\x1b[2J\xc2\x9b\xff sch\xc3\xb6n"),
                           "a?[2J??? sch\xc3\xb6n");
    CU_ASSERT_STRING_EQUAL(port_shown(room, NULL), "");
    memset(text, 'x', PORT_SHOWN_ROOM);
    memset(expected, 'x', sizeof expected);
    memcpy(expected + PORT_SHOWN_ROOM - 5, "...", 4);
    CU_ASSERT_STRING_EQUAL(port_shown(room, text), expected);
    /* No character is cut in two. */
    memcpy(text + PORT_SHOWN_ROOM - 6, "\xe6\x97\xa5", 4);
    memcpy(expected + PORT_SHOWN_ROOM - 6, "...", 4);
    CU_ASSERT_STRING_EQUAL(port_shown(room, text), expected);
}

void suite_port_check(void)
{
    CU_pSuite suite = CU_add_suite("port check", NULL, NULL);
    CU_add_test(suite, "paths are text without control characters",
                paths_are_text_without_control_characters);
    CU_add_test(suite, "a path has a length", a_path_has_a_length);
    CU_add_test(suite, "a question may have lines", a_question_may_have_lines);
    CU_add_test(suite, "names are short and printable", names_are_short_and_printable);
    CU_add_test(suite, "reports show any text safely", reports_show_any_text_safely);
}
