/* Strings of the command. */
#include "text.h"

#include "port.h"

#include <cleat/glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool text_same(const char *a, const char *b)
{
    while (*a && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return lower(*a) == lower(*b);
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

/* The bytes of the character at the start of text, if it is UTF-8 and no control character: those
 * from U+0080 to U+009F move a terminal like the ones of ASCII do. Else 0. */
static size_t printable_len(const char *text)
{
    const unsigned char *c = (const unsigned char *)text;
    size_t len = c[0] < 0x80 ? 1 : c[0] < 0xE0 ? 2 : c[0] < 0xF0 ? 3 : 4;
    unsigned char least = c[0] == 0xC2 || c[0] == 0xE0 ? 0xA0 : c[0] == 0xF0 ? 0x90 : 0x80;
    if (len == 1)
        return (c[0] >= 0x20 && c[0] != 0x7F) || c[0] == '\n' || c[0] == '\t';
    if (c[0] < 0xC2 || c[0] > 0xF4 || c[1] < least)
        return 0;
    for (size_t i = 1; i < len; i++) {
        if ((c[i] & 0xC0) != 0x80)
            return 0;
    }
    return len;
}

void text_make_printable(char *text)
{
    while (*text) {
        size_t len = printable_len(text);
        if (!len)
            *text = '?';
        text += len ? len : 1;
    }
}

char *text_printable(const char *text)
{
    char *out = text_format("%s", text);
    if (out)
        text_make_printable(out);
    return out;
}

/* U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069. */
static bool turns_direction(const char *text)
{
    const unsigned char *c = (const unsigned char *)text;
    if (c[0] != 0xE2 || !c[1])
        return false;
    return (c[1] == 0x80 && ((c[2] & 0xFE) == 0x8E || (c[2] >= 0xAA && c[2] <= 0xAE))) ||
           (c[1] == 0x81 && c[2] >= 0xA6 && c[2] <= 0xA9);
}

char *text_printable_name(const char *name)
{
    char *out = text_printable(name);
    for (char *c = out; c && *c; c++) {
        if (turns_direction(c))
            memset(c, '?', 3);
        else if (*c == '\n' || *c == '\t')
            *c = '?';
    }
    return out;
}

size_t text_columns(const char *text)
{
    size_t columns;
    (void)port_text_fit(text, SIZE_MAX, &columns);
    return columns;
}

void text_print_padded(const char *text, size_t width)
{
    size_t columns = text_columns(text);
    printf("%s%*s", text, columns < width ? (int)(width - columns) : 0, "");
}

char *text_join(char *const *words, size_t count)
{
    char *out = count ? text_format("%s", words[0]) : NULL;
    for (size_t i = 1; out && i < count; i++) {
        char *longer = text_format("%s %s", out, words[i]);
        free(out);
        out = longer;
    }
    return out;
}

char *text_piece(const char *list, size_t i)
{
    for (; i; i--) {
        list = strchr(list, ',');
        if (!list)
            return NULL;
        list++;
    }
    return text_format("%.*s", (int)strcspn(list, ","), list);
}

bool text_list_has(const char *list, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = list; at; at = strchr(at, ',')) {
        at += *at == ',';
        if (strcspn(at, ",") == len && strncmp(at, name, len) == 0)
            return true;
    }
    return false;
}

bool text_ends_in_slash(const char *text)
{
    return *text && text[strlen(text) - 1] == '/';
}

const char *text_last_part(const char *path)
{
    const char *name = path;
    for (const char *at = path; *at; at++) {
        if (*at == '/' && at[1])
            name = at + 1;
    }
    return name;
}

const char *text_behind_slash(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

char *text_as_pattern(const char *text)
{
    char *pattern = malloc(2 * strlen(text) + 1);
    if (pattern)
        cleat_glob_escape(pattern, text);
    return pattern;
}
