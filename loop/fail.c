/* Filling in a cleat_error outside the engine. */
#include "stream.h"

#include <stdarg.h>
#include <stdio.h>

cleat_status loop_fail(cleat_error *error, cleat_status st, const char *format, ...)
{
    if (!error)
        return st;
    *error = (cleat_error){.status = st};
    va_list args;
    va_start(args, format);
    vsnprintf(error->text, sizeof error->text, format, args);
    va_end(args);
    return st;
}
