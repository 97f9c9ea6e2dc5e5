/* Access-list rules, command lines and the event log: what Wine would wave through is shown on
 * facts made by hand. */
#include "win32/acl_file.h"
#include "win32/eventlog.h"
#include "win32/quote.h"

#include <CUnit/CUnit.h>
#include <sddl.h>
#include <stdlib.h>
#include <string.h>

#define ME "S-1-5-21-1-2-3-1000"
#define OTHER "S-1-5-21-1-2-3-1001"

static const struct rule_case {
    const char *facts;
    port_trust trust;
    bool trusted;
    const char *said;
} rules[] = {
    {"O:" ME "D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;" ME ")", PORT_TRUST_SECRET, true, NULL},
    {"O:" ME "D:P(A;;FA;;;" ME ")(A;;FR;;;WD)", PORT_TRUST_SECRET, false, "/remove:g"},
    {"O:" ME "D:P(A;;FA;;;" ME ")(A;;FR;;;WD)", PORT_TRUST_CONFIG, true, NULL},
    {"O:" ME "D:P(A;;FA;;;" ME ")(A;;FW;;;AU)", PORT_TRUST_CONFIG, false, "/remove:g"},
    {"O:" ME "D:P(A;;FA;;;" ME ")(A;;GA;;;" OTHER ")", PORT_TRUST_STRICT, false, OTHER},
    {"O:" ME "D:P(A;;FA;;;" ME ")(A;;WD;;;BU)", PORT_TRUST_CONFIG, false, "change"},
    {"O:" ME "D:P(A;;FA;;;" ME ")(A;IO;FA;;;WD)", PORT_TRUST_CONFIG, true, NULL},
    {"O:" ME "D:P(D;;FA;;;WD)(A;;FA;;;" ME ")", PORT_TRUST_CONFIG, true, NULL},
    {"O:" OTHER "D:P(A;;FA;;;" ME ")", PORT_TRUST_CONFIG, false, "takeown"},
    {"O:BAD:P(A;;FA;;;" ME ")", PORT_TRUST_CONFIG, true, NULL},
    {"O:SYD:P(A;;FA;;;SY)", PORT_TRUST_STRICT, true, NULL},
    {"O:" OTHER "D:P(A;;FR;;;WD)", PORT_TRUST_SECRET, true, NULL},
    {"O:" ME, PORT_TRUST_CONFIG, false, "icacls"},
    {"O:" ME "D:P(A;;FA;;;WD)", PORT_TRUST_ANY, true, NULL},
};

static void rules_hold_and_name_the_cure(void)
{
    PSID me;
    CU_ASSERT_FATAL(ConvertStringSidToSidA(ME, &me));
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        PSECURITY_DESCRIPTOR facts;
        cleat_error error = {0};
        CU_ASSERT_FATAL(ConvertStringSecurityDescriptorToSecurityDescriptorA(
            rules[i].facts, SDDL_REVISION_1, &facts, NULL));
        cleat_status status = port_acl_check(facts, me, "C:\\f", rules[i].trust, &error);
        CU_ASSERT_EQUAL(status, rules[i].trusted ? CLEAT_OK : CLEAT_E_PERMISSION);
        if (rules[i].said)
            CU_ASSERT_PTR_NOT_NULL(strstr(error.text, rules[i].said));
        LocalFree(facts);
    }
    LocalFree(me);
}

static const struct quote_case {
    const char *argument, *quoted;
} quotes[] = {
    {"plain", "\"plain\""},           {"", "\"\""},
    {"two words", "\"two words\""},   {"a\"b", "\"a\\\"b\""},
    {"a\\\"b", "\"a\\\\\\\"b\""},     {"C:\\dir\\", "\"C:\\dir\\\\\""},
    {"C:\\dir\\x", "\"C:\\dir\\x\""},
};

static void arguments_are_quoted_for_the_c_library(void)
{
    for (size_t i = 0; i < sizeof quotes / sizeof quotes[0]; i++) {
        char *quoted = port_quote(quotes[i].argument);
        CU_ASSERT_STRING_EQUAL(quoted, quotes[i].quoted);
        free(quoted);
    }
}

static const struct line_case {
    const char *shell, *option, *command, *line;
} lines[] = {
    {"C:\\w\\CMD.EXE", NULL, "echo \"a b\" & ver",
     "\"C:\\w\\CMD.EXE\" /s /c \"echo \"a b\" & ver\""},
    {"C:\\w\\cmd.exe", NULL, NULL, "\"C:\\w\\cmd.exe\""},
    {"C:\\bash.exe", NULL, "echo \"a\"", "\"C:\\bash.exe\" -c \"echo \\\"a\\\"\""},
    {"C:\\pwsh.exe", "-Command", "dir", "\"C:\\pwsh.exe\" -Command \"dir\""},
};

static void shells_get_their_own_command_line(void)
{
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char *line = port_shell_line(lines[i].shell, lines[i].option, lines[i].command);
        CU_ASSERT_STRING_EQUAL(line, lines[i].line);
        free(line);
    }
}

static wchar_t reported[256];
static WORD reported_type;

static HANDLE WINAPI fake_open(const wchar_t *server, const wchar_t *source)
{
    (void)server, (void)source;
    return (HANDLE)1;
}

static BOOL
WINAPI fake_report(HANDLE log, WORD type, WORD category, DWORD id, PSID user, WORD count,
                   DWORD raw_size, const wchar_t **texts, void *raw)
{
    (void)log, (void)category, (void)id, (void)user, (void)count, (void)raw_size, (void)raw;
    reported_type = type;
    wcsncpy(reported, texts[0], 255);
    return TRUE;
}

static BOOL
WINAPI fake_close(HANDLE log)
{
    (void)log;
    return TRUE;
}

static void events_carry_the_line_and_its_weight(void)
{
    static const port_eventlog_calls fakes = {fake_open, fake_report, fake_close};
    port_eventlog_use(&fakes);
    CU_ASSERT_EQUAL(port_log_open("cleatd", "AUTH", NULL), CLEAT_OK);
    port_log_write(CLEAT_LOG_ERROR, "sch\xc3\xb6n 100%");
    CU_ASSERT_EQUAL(wcscmp(reported, L"sch\x00f6n 100%"), 0);
    CU_ASSERT_EQUAL(reported_type, EVENTLOG_ERROR_TYPE);
    port_log_write(CLEAT_LOG_QUIET, "not this");
    CU_ASSERT_EQUAL(wcscmp(reported, L"sch\x00f6n 100%"), 0);
    port_log_write(CLEAT_LOG_INFO, "in");
    CU_ASSERT_EQUAL(reported_type, EVENTLOG_INFORMATION_TYPE);
    port_log_close();
    port_eventlog_use(NULL);
}

void suite_port_acl(void)
{
    CU_pSuite suite = CU_add_suite("port acl", NULL, NULL);
    CU_add_test(suite, "rules hold and name the cure", rules_hold_and_name_the_cure);
    CU_add_test(suite, "arguments are quoted for the C library",
                arguments_are_quoted_for_the_c_library);
    CU_add_test(suite, "shells get their own command line", shells_get_their_own_command_line);
    CU_add_test(suite, "events carry the line and its weight",
                events_carry_the_line_and_its_weight);
}
