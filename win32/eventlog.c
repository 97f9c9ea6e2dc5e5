/* The system log: events of the source named after the program. */
#include "eventlog.h"

#include "fail.h"
#include "port_sys.h"
#include "wide.h"

#include <stdlib.h>
#include <string.h>

enum { EVENT_ID = 1 }; /* one message, "%1" */

static const port_eventlog_calls system_calls = {RegisterEventSourceW, ReportEventW,
                                                 DeregisterEventSource};
static const port_eventlog_calls *calls = &system_calls;
static HANDLE log_handle;

void port_eventlog_use(const port_eventlog_calls *others)
{
    calls = others ? others : &system_calls;
}

/* The facility means nothing to the event log. */
cleat_status port_sys_log_open(const char *program, port_facility facility, cleat_error *error)
{
    (void)facility;
    port_log_close();
    wchar_t *wide = port_wide(program);
    if (!wide)
        return port_fail_wide(error, program);
    log_handle = calls->open(NULL, wide);
    free(wide);
    if (!log_handle)
        return port_fail_last(error, "cannot open the event log");
    return CLEAT_OK;
}

static WORD type_of(cleat_log_level level)
{
    return level <= CLEAT_LOG_ERROR ? EVENTLOG_ERROR_TYPE : EVENTLOG_INFORMATION_TYPE;
}

void port_sys_log_write(cleat_log_level level, const char *text)
{
    wchar_t *wide = log_handle ? port_wide(text) : NULL;
    const wchar_t *texts[] = {wide};
    if (wide)
        calls->report(log_handle, type_of(level), 0, EVENT_ID, NULL, 1, 0, texts, NULL);
    free(wide);
}

void port_log_close(void)
{
    if (log_handle)
        calls->close(log_handle);
    log_handle = NULL;
}
