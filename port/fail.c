/* Fills in error reports; the platform folder supplies the words for system errors. */
#include "fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void fill(cleat_error *error, cleat_status status, int os_error, const char *format,
                 va_list args)
{
    *error = (cleat_error){.status = status, .os_error = os_error};
    vsnprintf(error->text, sizeof error->text, format, args);
}

cleat_status port_fail(cleat_error *error, cleat_status status, const char *format, ...)
{
    if (!error)
        return status;
    va_list args;
    va_start(args, format);
    fill(error, status, 0, format, args);
    va_end(args);
    return status;
}

cleat_status port_fail_os(cleat_error *error, int os_error, const char *format, ...)
{
    cleat_status status = port_os_status(os_error);
    if (!error)
        return status;
    va_list args;
    va_start(args, format);
    fill(error, status, os_error, format, args);
    va_end(args);

    char reason[160];
    port_os_text(os_error, reason, sizeof reason);
    size_t used = strlen(error->text);
    snprintf(error->text + used, sizeof error->text - used, ": %s", reason);
    return status;
}

cleat_status port_fail_memory(cleat_error *error)
{
    return port_fail(error, CLEAT_E_NOMEM, "out of memory");
}
