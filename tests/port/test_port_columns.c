/* Columns of a terminal that text takes. */
#include "port.h"

#include <CUnit/CUnit.h>
#include <stdint.h>
#include <string.h>

static const struct {
    const char *text;
    size_t columns;
} rows[] = {
    {"", 0},
    {"plain", 5},
    {"\xC3\xA9t\xC3\xA9", 3},                    /* two letters of two bytes */
    {"e\xCC\x81t", 2},                           /* a combining accent */
    {"\xE6\x97\xA5\xE6\x9C\xAC", 4},             /* ideographs */
    {"\xE3\x82\xAB\xE3\x81\x8B\xEF\xBD\xB6", 5}, /* katakana, hiragana, half a katakana */
    {"\xEF\xBC\xA1", 2},                         /* a wide A */
    {"a\xF0\x9F\x98\x80", 3},                    /* a face */
    {"\xFF!", 2},                                /* none at all */
};

static void text_has_columns(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t columns;
        CU_ASSERT_EQUAL(port_text_fit(rows[i].text, SIZE_MAX, &columns), strlen(rows[i].text));
        CU_ASSERT_EQUAL(columns, rows[i].columns);
    }
}

static void text_is_cut_between_characters(void)
{
    size_t columns;
    const char *text = "\xE6\x97\xA5\xE6\x9C\xAC";
    CU_ASSERT_EQUAL(port_text_fit(text, 0, &columns), 0);
    CU_ASSERT_EQUAL(port_text_fit(text, 1, &columns), 0);
    CU_ASSERT_EQUAL(columns, 0);
    CU_ASSERT_EQUAL(port_text_fit(text, 3, &columns), 3);
    CU_ASSERT_EQUAL(columns, 2);
    CU_ASSERT_EQUAL(port_text_fit("e\xCC\x81t", 1, &columns), 3); /* with its accent */
    CU_ASSERT_EQUAL(columns, 1);
}

void suite_port_columns(void)
{
    CU_pSuite suite = CU_add_suite("port_columns", NULL, NULL);
    CU_add_test(suite, "text has columns", text_has_columns);
    CU_add_test(suite, "text is cut between characters", text_is_cut_between_characters);
}
