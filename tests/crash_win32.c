/* Windows would show a dialogue or start a debugger, and the test would hang. */
#include "suites.h"

#include <windows.h>

enum { CRASHED = 139 };

static LONG WINAPI end_now(EXCEPTION_POINTERS *unused)
{
    (void)unused;
    TerminateProcess(GetCurrentProcess(), CRASHED);
    return EXCEPTION_EXECUTE_HANDLER;
}

void tests_end_on_crash(void)
{
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX);
    SetUnhandledExceptionFilter(end_now);
}
