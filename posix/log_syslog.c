/* The system log. */
#include "port_sys.h"

#include <syslog.h>

#ifdef LOG_AUTHPRIV
enum { AUTHPRIV = LOG_AUTHPRIV };
#else
enum { AUTHPRIV = LOG_AUTH };
#endif

static const int facilities[] = {
    [PORT_FACILITY_DAEMON] = LOG_DAEMON, [PORT_FACILITY_USER] = LOG_USER,
    [PORT_FACILITY_AUTH] = LOG_AUTH,     [PORT_FACILITY_AUTHPRIV] = AUTHPRIV,
    [PORT_FACILITY_LOCAL0] = LOG_LOCAL0, [PORT_FACILITY_LOCAL1] = LOG_LOCAL1,
    [PORT_FACILITY_LOCAL2] = LOG_LOCAL2, [PORT_FACILITY_LOCAL3] = LOG_LOCAL3,
    [PORT_FACILITY_LOCAL4] = LOG_LOCAL4, [PORT_FACILITY_LOCAL5] = LOG_LOCAL5,
    [PORT_FACILITY_LOCAL6] = LOG_LOCAL6, [PORT_FACILITY_LOCAL7] = LOG_LOCAL7,
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

cleat_status port_sys_log_open(const char *program, port_facility facility, cleat_error *error)
{
    (void)error;
    openlog(program, LOG_PID, facilities[facility]);
    return CLEAT_OK;
}

void port_sys_log_write(cleat_log_level level, const char *text)
{
    syslog(priority_of(level), "%s", text);
}

void port_log_close(void)
{
    closelog();
}
