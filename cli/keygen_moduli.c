/* `cleat keygen -M`: groups for Diffie-Hellman group exchange, for /etc/ssh/moduli. */
#include "keygen_moduli.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- settings ---- */

static const struct {
    const char *name;
    size_t at;
    bool is_number;
} rows[] = {
    {"bits=", offsetof(moduli_settings, bits), true},
    {"checkpoint=", offsetof(moduli_settings, checkpoint), false},
    {"generator=", offsetof(moduli_settings, generator), true},
    {"lines=", offsetof(moduli_settings, lines), true},
    {"memory=", offsetof(moduli_settings, memory), true},
    {"prime-tests=", offsetof(moduli_settings, rounds), true},
    {"start=", offsetof(moduli_settings, start), false},
    {"start-line=", offsetof(moduli_settings, start_line), true},
};

static bool take(moduli_settings *s, const char *text)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t len = strlen(rows[i].name);
        void *to = (char *)s + rows[i].at;
        if (strncmp(text, rows[i].name, len) != 0)
            continue;
        if (!rows[i].is_number)
            *(const char **)to = text + len;
        else if (!text_number(text + len, INT32_MAX, to) || !*(uint32_t *)to)
            break;
        return true;
    }
    keygen_fail("Option \"%s\" is unsupported for moduli, or its value makes no sense", text);
    return false;
}

int keygen_moduli(const keygen_options *o)
{
    moduli_settings s = {.bits = o->bits};
    bool screen = strcmp(o->moduli, "screen") == 0;
    if (!screen && strcmp(o->moduli, "generate") != 0)
        return keygen_fail("Unsupported moduli option %s", o->moduli);
    for (size_t i = 0; i < o->setting_count; i++) {
        if (!take(&s, o->settings[i]))
            return KEYGEN_FAILED;
    }
    if (!o->arg_count)
        return keygen_fail("No output file specified");
    if (o->arg_count > 1)
        return keygen_usage_error("Too many arguments.");
    return screen ? moduli_screen(o, &s) : moduli_generate(o, &s);
}

/* ---- lines ---- */

bool moduli_read_line(moduli_line *l, const char *text)
{
    int at = 0;
    if (sscanf(text, "%*20[0-9] %3u %3u %7u %5u %8x %n", &l->type, &l->tests, &l->trials, &l->size,
               &l->generator, &at) != 5 ||
        at == 0)
        return false;
    l->digits = text + at;
    l->digit_count = strspn(l->digits, "0123456789ABCDEFabcdef");
    return l->digit_count && strchr(" \t\r\n", l->digits[l->digit_count]);
}

static uint8_t digit(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
}

cleat_slice moduli_number(const char *digits, size_t count)
{
    bool hex = count && strspn(digits, "0123456789ABCDEFabcdef") >= count;
    for (; hex && count && *digits == '0'; digits++)
        count--;
    size_t len = (count + 1) / 2;
    uint8_t *bytes = hex && count ? calloc(len, 1) : NULL;
    for (size_t i = 0; bytes && i < count; i++) {
        size_t place = count - 1 - i; /* from the right */
        bytes[len - 1 - place / 2] |= (uint8_t)(digit(digits[i]) << (place % 2 ? 4 : 0));
    }
    return (cleat_slice){bytes, bytes ? len : 0};
}

char *moduli_line_text(const moduli_line *l, cleat_slice modulus)
{
    char when[32] = "19700101000000";
    time_t now = time(NULL);
    const struct tm *utc = gmtime(&now);
    char *hex = calloc(1, 2 * modulus.len + 1);
    if (utc)
        strftime(when, sizeof when, "%Y%m%d%H%M%S", utc);
    for (size_t i = 0; hex && i < modulus.len; i++)
        snprintf(hex + 2 * i, 3, "%02X", modulus.data[i]);
    char *line = hex ? text_format("%s %u %u %u %u %x %s\n", when, l->type, l->tests, l->trials,
                                   l->size, l->generator, hex + (*hex == '0'))
                     : NULL;
    free(hex);
    return line;
}
