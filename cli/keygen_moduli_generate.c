/* `cleat keygen -M generate`: numbers without small factors, to be tested by -M screen. */
#include "keygen_moduli.h"
#include "text.h"

#include <cleat/moduli.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BITS_DEFAULT = 3072, NUMBERS_PER_MIB = 8 << 20, MIB_MAX = 256 };

typedef struct sieving {
    const keygen_options *o;
    cleat_sieve_options options;
    cleat_sieve *sieve;
    cleat_status status;
    cleat_error error;
} sieving;

static void sieve(void *arg)
{
    sieving *s = arg;
    s->status = cleat_sieve_new(&s->sieve, s->o->ctx, &s->options, &s->error);
}

/* False when the file takes no more. */
static bool put_candidates(cleat_sieve *s, unsigned bits, FILE *out, unsigned *count)
{
    const moduli_line facts = {
        .type = MODULI_SOPHIE_GERMAIN, .tests = MODULI_SIEVED, .size = bits - 2};
    cleat_bytes q;
    cleat_status st;
    while ((st = cleat_sieve_next(s, &q)) == CLEAT_OK) {
        char *line = moduli_line_text(&facts, (cleat_slice){q.data, q.len});
        bool written = line && fputs(line, out) >= 0;
        free(line);
        cleat_bytes_free(&q);
        if (!written)
            return false;
        ++*count;
    }
    return st == CLEAT_E_EOF && fflush(out) == 0;
}

static int write_candidates(sieving *s, const char *path)
{
    FILE *out = fopen(path, "w");
    unsigned count = 0;
    if (!out)
        return keygen_fail("Couldn't open modulus candidate file \"%s\"", path);
    bool good = put_candidates(s->sieve, s->options.bits, out, &count);
    good = fclose(out) == 0 && good;
    if (!good)
        return keygen_fail("Couldn't write modulus candidate file \"%s\"", path);
    if (!s->o->quiet)
        fprintf(stderr, "%u candidates of %u bits\n", count, s->options.bits);
    return 0;
}

int moduli_generate(const keygen_options *o, const moduli_settings *settings)
{
    sieving s = {.o = o};
    if (settings->checkpoint || settings->generator || settings->lines || settings->rounds ||
        settings->start_line)
        return keygen_fail("-M generate takes -O bits=, memory= and start= only");
    if (settings->memory > MIB_MAX)
        return keygen_fail("Invalid memory amount: at most %d megabytes", MIB_MAX);
    cleat_slice start = {0};
    if (settings->start)
        start = moduli_number(settings->start, strlen(settings->start));
    if (settings->start && !start.len)
        return keygen_fail("start= must be a number in hexadecimal digits");
    s.options = (cleat_sieve_options){.struct_size = sizeof s.options,
                                      .bits = settings->bits ? settings->bits : BITS_DEFAULT,
                                      .window = settings->memory * NUMBERS_PER_MIB,
                                      .start = start};
    keygen_work(o, sieve, &s);
    int status = s.status == CLEAT_OK
                     ? write_candidates(&s, o->args[0])
                     : keygen_fail("modulus candidate generation failed: %s",
                                   *s.error.text ? s.error.text : cleat_status_text(s.status));
    cleat_sieve_free(s.sieve);
    free((void *)(uintptr_t)start.data);
    return status;
}
