/* Text and lists in one block of memory, and how such blocks are released. */
#include "text.h"

#include "port.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *port_format(const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);

    char *text = len < 0 ? NULL : malloc((size_t)len + 1);
    if (text)
        vsnprintf(text, (size_t)len + 1, format, again);
    va_end(again);
    return text;
}

char **port_list(const char *const *items, size_t count)
{
    size_t size = (count + 1) * sizeof(char *);
    for (size_t i = 0; i < count; i++)
        size += strlen(items[i]) + 1;

    char **list = malloc(size);
    if (!list)
        return NULL;
    char *at = (char *)(list + count + 1);
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(items[i]) + 1;
        memcpy(at, items[i], len);
        list[i] = at;
        at += len;
    }
    list[count] = NULL;
    return list;
}

void port_free(void *block)
{
    free(block);
}
