/* The event log behind a table of calls, so that tests can see what would be written. */
#ifndef PORT_WIN32_EVENTLOG_H
#define PORT_WIN32_EVENTLOG_H

#include <stdbool.h>
#include <windows.h>

typedef struct port_eventlog_calls {
    HANDLE(WINAPI *open)(const wchar_t *server, const wchar_t *source);
    BOOL(WINAPI *report)
    (HANDLE log, WORD type, WORD category, DWORD id, PSID user, WORD count, DWORD raw_size,
     const wchar_t **texts, void *raw);
    BOOL(WINAPI *close)
    (HANDLE log);
} port_eventlog_calls;

/* Uses other calls from now on; NULL brings the system's back. */
void port_eventlog_use(const port_eventlog_calls *calls);

#endif
