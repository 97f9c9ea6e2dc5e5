/* The system log. */
#include "port.h"

#include "fail.h"

#include <strings.h>
#include <syslog.h>

static const struct {
    const char *word;
    int facility;
} facilities[] = {
    {"DAEMON", LOG_DAEMON},     {"USER", LOG_USER},     {"AUTH", LOG_AUTH},
#ifdef LOG_AUTHPRIV
    {"AUTHPRIV", LOG_AUTHPRIV},
#endif
    {"LOCAL0", LOG_LOCAL0},     {"LOCAL1", LOG_LOCAL1}, {"LOCAL2", LOG_LOCAL2},
    {"LOCAL3", LOG_LOCAL3},     {"LOCAL4", LOG_LOCAL4}, {"LOCAL5", LOG_LOCAL5},
    {"LOCAL6", LOG_LOCAL6},     {"LOCAL7", LOG_LOCAL7},
};

static int priority_of(cleat_log_level level)
{
    switch (level) {
    case CLEAT_LOG_FATAL:
        return LOG_CRIT;
    case CLEAT_LOG_ERROR:
        return LOG_ERR;
    case CLEAT_LOG_INFO:
    case CLEAT_LOG_VERBOSE:
        return LOG_INFO;
    default:
        return LOG_DEBUG;
    }
}

cleat_status port_log_open(const char *program, const char *facility, cleat_error *error)
{
    for (size_t i = 0; i < sizeof facilities / sizeof facilities[0]; i++) {
        if (strcasecmp(facilities[i].word, facility) == 0) {
            openlog(program, LOG_PID, facilities[i].facility);
            return CLEAT_OK;
        }
    }
    return port_fail(error, CLEAT_E_CONFIG, "%s is not a log facility", facility);
}

void port_log_write(cleat_log_level level, const char *text)
{
    if (level != CLEAT_LOG_QUIET)
        syslog(priority_of(level), "%s", text);
}

void port_log_close(void)
{
    closelog();
}
