/* `cleat keygen -M`: what its two steps share. */
#ifndef CLEAT_CLI_KEYGEN_MODULI_H
#define CLEAT_CLI_KEYGEN_MODULI_H

#include "keygen.h"

/* What -O says; 0 and NULL where it does not. */
typedef struct moduli_settings {
    uint32_t bits, generator, lines, memory, rounds, start_line;
    const char *checkpoint, *start;
} moduli_settings;

/* A line of moduli(5). The modulus is in hexadecimal digits, not ended by a zero byte. */
typedef struct moduli_line {
    unsigned type, tests, trials, size, generator;
    const char *digits;
    size_t digit_count;
} moduli_line;

enum {
    MODULI_SAFE = 2,           /* types: p */
    MODULI_SOPHIE_GERMAIN = 4, /* q */
    MODULI_COMPOSITE = 1,      /* tests, as bits */
    MODULI_SIEVED = 2,
    MODULI_MILLER_RABIN = 4
};

bool moduli_read_line(moduli_line *line, const char *text);

/* A whole line with the time of now; to be freed. */
char *moduli_line_text(const moduli_line *facts, cleat_slice modulus);

/* The number that hexadecimal digits say, without leading zeros; data is to be freed. Empty for
 * anything else. */
cleat_slice moduli_number(const char *digits, size_t count);

int moduli_generate(const keygen_options *o, const moduli_settings *s);
int moduli_screen(const keygen_options *o, const moduli_settings *s);

#endif
