/* JSON, which others' programs read: whatever a client has chosen stays within its own text. */
#include "json.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { DELETE = 0x7F, C1_END = 0x9F };

static void put_string(json *j, const char *text)
{
    text_add(&j->line, text, strlen(text));
}

void json_begin(json *j)
{
    *j = (json){0};
    put_string(j, "{");
}

static void put_name(json *j, const char *name)
{
    if (j->line.len > 1)
        put_string(j, ",");
    put_string(j, "\"");
    put_string(j, name);
    put_string(j, "\":");
}

/* ---- texts ---- */

/* The character at the beginning of these bytes, and how many of them it takes; 0: they are not
 * UTF-8 (RFC 3629 §4). */
static size_t decode(cleat_slice s, uint32_t *character)
{
    static const struct {
        uint8_t first, last, bits;
        uint32_t least; /* less could be said in fewer bytes */
    } forms[] = {{0x00, 0x7F, 0x7F, 0},
                 {0xC0, 0xDF, 0x1F, 0x80},
                 {0xE0, 0xEF, 0x0F, 0x800},
                 {0xF0, 0xF7, 0x07, 0x10000}};
    for (size_t n = 0; n < sizeof forms / sizeof *forms; n++) {
        if (s.data[0] < forms[n].first || s.data[0] > forms[n].last || s.len <= n)
            continue;
        uint32_t c = s.data[0] & forms[n].bits;
        for (size_t i = 1; i <= n; i++) {
            if ((s.data[i] & 0xC0) != 0x80)
                return 0;
            c = c << 6 | (s.data[i] & 0x3F);
        }
        *character = c;
        bool is_surrogate = c >= 0xD800 && c <= 0xDFFF;
        return c < forms[n].least || c > 0x10FFFF || is_surrogate ? 0 : n + 1;
    }
    return 0;
}

static void put_character(json *j, const uint8_t *bytes, size_t len, uint32_t c)
{
    char escaped[8];
    if (c < ' ' || (c >= DELETE && c <= C1_END)) {
        snprintf(escaped, sizeof escaped, "\\u%04x", (unsigned)c);
        put_string(j, escaped);
        return;
    }
    if (c == '"' || c == '\\')
        put_string(j, "\\");
    text_add(&j->line, (const char *)bytes, len);
}

/* What would be taken for a byte that is no UTF-8. */
static bool looks_like_byte(cleat_slice s)
{
    return s.len >= 4 && s.data[0] == '\\' && s.data[1] == 'x' && isxdigit(s.data[2]) &&
           isxdigit(s.data[3]);
}

void json_text(json *j, const char *name, cleat_slice value)
{
    put_name(j, name);
    put_string(j, "\"");
    while (value.len) {
        uint32_t c;
        char escaped[8];
        size_t n = looks_like_byte(value) ? 0 : decode(value, &c);
        if (n) {
            put_character(j, value.data, n, c);
        } else {
            n = 1;
            snprintf(escaped, sizeof escaped, "\\\\x%02x", value.data[0]);
            put_string(j, escaped);
        }
        value = (cleat_slice){value.data + n, value.len - n};
    }
    put_string(j, "\"");
}

/* ---- others ---- */

void json_number(json *j, const char *name, uint64_t value)
{
    char digits[24];
    put_name(j, name);
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    put_string(j, digits);
}

void json_true(json *j, const char *name)
{
    put_name(j, name);
    put_string(j, "true");
}

char *json_end(json *j)
{
    put_string(j, "}");
    return text_take(&j->line);
}
