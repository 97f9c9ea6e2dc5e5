/* The system log: its words, which a configuration file must mean the same by everywhere. */
#include "check.h"
#include "fail.h"
#include "port_sys.h"

enum { PROGRAM_NAME_MAX = 64 };

static const struct {
    const char *word;
    port_facility facility;
} facilities[] = {
    {"DAEMON", PORT_FACILITY_DAEMON}, {"USER", PORT_FACILITY_USER},
    {"AUTH", PORT_FACILITY_AUTH},     {"AUTHPRIV", PORT_FACILITY_AUTHPRIV},
    {"LOCAL0", PORT_FACILITY_LOCAL0}, {"LOCAL1", PORT_FACILITY_LOCAL1},
    {"LOCAL2", PORT_FACILITY_LOCAL2}, {"LOCAL3", PORT_FACILITY_LOCAL3},
    {"LOCAL4", PORT_FACILITY_LOCAL4}, {"LOCAL5", PORT_FACILITY_LOCAL5},
    {"LOCAL6", PORT_FACILITY_LOCAL6}, {"LOCAL7", PORT_FACILITY_LOCAL7},
};

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
}

static bool same_word(const char *word, const char *given)
{
    while (*word && *word == upper(*given)) {
        word++;
        given++;
    }
    return *word == *given;
}

cleat_status port_log_open(const char *program, const char *facility, cleat_error *error)
{
    char shown[PORT_SHOWN_ROOM];
    if (!port_is_name(program, PROGRAM_NAME_MAX))
        return port_fail(error, CLEAT_E_BAD_CALL, "\"%s\" cannot be a program's name in the log",
                         port_shown(shown, program));
    for (size_t i = 0; facility && i < sizeof facilities / sizeof facilities[0]; i++) {
        if (same_word(facilities[i].word, facility))
            return port_sys_log_open(program, facilities[i].facility, error);
    }
    return port_fail(error, CLEAT_E_CONFIG, "\"%s\" is not a log facility",
                     port_shown(shown, facility));
}

void port_log_write(cleat_log_level level, const char *text)
{
    if (text && level != CLEAT_LOG_QUIET)
        port_sys_log_write(level, text);
}
