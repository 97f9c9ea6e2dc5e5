/* Groups for Diffie-Hellman group exchange. */
#include "moduli.h"

#include "port.h"

#include <stdio.h>
#include <string.h>
#include <uv.h>

enum { FILE_MAX = 4 << 20, TYPE_SAFE = 2, TEST_COMPOSITE = 1 };

typedef struct line {
    unsigned bits, generator;
    const char *hex;
    size_t digits;
} line;

/* time type tests trials size generator modulus; size is one less than the number of bits. */
static bool parse_line(const char *text, line *l)
{
    unsigned type;
    unsigned tests;
    unsigned size;
    int at = 0;
    if (sscanf(text, "%*20[0-9] %3u %3u %*7u %5u %2u %n", &type, &tests, &size, &l->generator,
               &at) != 4 ||
        at == 0)
        return false;
    l->bits = size + 1;
    l->hex = text + at;
    l->digits = strspn(l->hex, "0123456789ABCDEFabcdef");
    bool tested = (tests & ~(unsigned)TEST_COMPOSITE) && !(tests & TEST_COMPOSITE);
    return type == TYPE_SAFE && tested && l->generator >= 2 &&
           l->digits == (size_t)(l->bits + 3) / 4;
}

/* The least size that is not below what is preferred, else the largest there is. */
static bool is_better(unsigned bits, unsigned best, unsigned preferred)
{
    if (best == 0)
        return true;
    return best < preferred ? bits > best : bits >= preferred && bits < best;
}

static uint8_t digit(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
}

static bool take(moduli_group *out, const line *l)
{
    out->len = (l->digits + 1) / 2;
    out->generator = l->generator;
    if (out->len > sizeof out->prime)
        return false;
    memset(out->prime, 0, out->len);
    for (size_t i = 0; i < l->digits; i++) {
        size_t place = l->digits - 1 - i; /* from the right */
        out->prime[out->len - 1 - place / 2] |= (uint8_t)(digit(l->hex[i]) << (place % 2 ? 4 : 0));
    }
    return true;
}

/* Calls of the same text with best 0 find the best size, and how many groups have it. */
static unsigned count_best(const char *text, const moduli_sizes *sizes, unsigned *best)
{
    unsigned count = 0;
    line l;
    for (*best = 0; *text; text += strcspn(text, "\n"), text += *text == '\n') {
        if (!parse_line(text, &l) || l.bits < sizes->min || l.bits > sizes->max)
            continue;
        if (is_better(l.bits, *best, sizes->preferred)) {
            *best = l.bits;
            count = 0;
        }
        count += l.bits == *best;
    }
    return count;
}

static bool nth(moduli_group *out, const char *text, unsigned bits, unsigned n)
{
    line l;
    for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
        if (parse_line(text, &l) && l.bits == bits && n-- == 0)
            return take(out, &l);
    }
    return false;
}

bool moduli_pick(moduli_group *out, const char *path, const moduli_sizes *sizes)
{
    uint8_t *data;
    size_t len;
    unsigned best;
    unsigned dice;
    if (!path ||
        port_file_read(&data, &len, path, PORT_TRUST_CONFIG, NULL, FILE_MAX, NULL) != CLEAT_OK)
        return false;
    const char *text = (const char *)data;
    unsigned count = count_best(text, sizes, &best);
    bool found = count && uv_random(NULL, NULL, &dice, sizeof dice, 0, NULL) == 0 &&
                 nth(out, text, best, dice % count);
    port_free(data);
    return found;
}
