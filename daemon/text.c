/* Text made with printf's formats. */
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

char *text_format(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int need = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *out = need < 0 ? NULL : malloc((size_t)need + 1);
    if (!out)
        return NULL;
    va_start(args, format);
    vsnprintf(out, (size_t)need + 1, format, args);
    va_end(args);
    return out;
}
