/* Small work on text. */
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROOM_FIRST = 512 };

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

void text_add(text_buffer *b, const char *bytes, size_t len)
{
    if (b->failed)
        return;
    if (b->room - b->len < len) {
        size_t room = 2 * (b->len + len) + ROOM_FIRST;
        char *text = realloc(b->text, room);
        b->failed = !text;
        if (!text)
            return;
        b->text = text;
        b->room = room;
    }
    memcpy(b->text + b->len, bytes, len);
    b->len += len;
}

char *text_take(text_buffer *b)
{
    text_add(b, "", 1);
    char *text = b->failed ? NULL : b->text;
    if (b->failed)
        free(b->text);
    *b = (text_buffer){0};
    return text;
}

cleat_slice text_or_none(const char *text)
{
    return cleat_slice_of(text ? text : "");
}

void text_time(char out[TEXT_TIME_SIZE], int64_t seconds)
{
    const time_t time = (time_t)seconds;
    const struct tm *utc = gmtime(&time);
    if (!utc || !strftime(out, TEXT_TIME_SIZE, "%Y-%m-%dT%H:%M:%S", utc))
        out[0] = 0;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

char *text_lower(const char *text)
{
    char *out = text_format("%s", text);
    for (char *c = out; c && *c; c++)
        *c = lower(*c);
    return out;
}

bool text_same(const char *a, const char *b)
{
    while (*a && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return *a == *b;
}

bool text_number(const char *text, uint32_t max, uint32_t *number)
{
    uint64_t sum = 0;
    for (const char *c = text; *c; c++) {
        if (*c < '0' || *c > '9' || sum > max)
            return false;
        sum = sum * 10 + (uint64_t)(*c - '0');
    }
    *number = (uint32_t)sum;
    return *text && sum <= max;
}
