/* `cleat keygen -M screen`: which candidates make a group. That takes hours for large ones, so it
 * shows how far it is, and goes on where it was interrupted if -O checkpoint= names a file. */
#include "keygen_moduli.h"
#include "port.h"
#include "text.h"

#include <cleat/moduli.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uv.h>

enum { ROUNDS_DEFAULT = 100, NOTE_SECONDS = 10, STANDARD_ERROR = 2 };

typedef struct screening {
    const keygen_options *o;
    const moduli_settings *settings;
    FILE *out;
    uint32_t line, lines; /* that is looked at; that there are */
    unsigned tested, found;
    time_t started, noted;
} screening;

/* ---- one candidate ---- */

/* q of a line: the number itself, or half of a p. data is to be freed. */
static cleat_slice candidate_of(const moduli_line *l)
{
    cleat_slice n = moduli_number(l->digits, l->digit_count);
    if (l->type == MODULI_SOPHIE_GERMAIN || !n.len)
        return n;
    uint8_t *half = calloc(n.len, 1);
    size_t skip = n.data[0] == 1; /* the topmost byte becomes 0 */
    for (size_t i = skip; half && i < n.len; i++)
        half[i - skip] = (uint8_t)(n.data[i] >> 1 | (i ? n.data[i - 1] << 7 : 0));
    free((void *)(uintptr_t)n.data);
    return (cleat_slice){half, half ? n.len - skip : 0};
}

static bool put_group(screening *s, const moduli_line *from, cleat_slice p, unsigned generator,
                      unsigned rounds)
{
    bool was_q = from->type == MODULI_SOPHIE_GERMAIN;
    const moduli_line facts = {.type = MODULI_SAFE,
                               .tests = from->tests | MODULI_MILLER_RABIN,
                               .trials = from->trials + rounds,
                               .size = was_q ? from->size + 1 : from->size,
                               .generator = generator};
    char *line = moduli_line_text(&facts, p);
    bool written = line && fputs(line, s->out) >= 0 && fflush(s->out) == 0;
    free(line);
    s->found++;
    return written;
}

/* False ends the work. */
static bool screen_line(screening *s, const moduli_line *l)
{
    unsigned rounds = s->settings->rounds ? s->settings->rounds : ROUNDS_DEFAULT;
    unsigned wanted = s->settings->generator;
    unsigned generator = 0;
    cleat_bytes p;
    cleat_error error = {0};
    cleat_slice q = candidate_of(l);
    if (!q.len) {
        free((void *)(uintptr_t)q.data);
        return true;
    }
    cleat_status st = cleat_moduli_test(&p, &generator, s->o->ctx, q, rounds, &error);
    free((void *)(uintptr_t)q.data);
    s->tested++;
    bool good = st == CLEAT_OK || st == CLEAT_E_BAD_CALL;
    if (!good)
        keygen_fail("modulus screening failed: %s", error.text);
    if (p.len && generator && (!wanted || wanted == generator))
        good = put_group(s, l, (cleat_slice){p.data, p.len}, generator, rounds);
    if (!good && st == CLEAT_OK)
        keygen_fail("the output file takes no more");
    cleat_bytes_free(&p);
    return good;
}

/* ---- how far it is ---- */

/* After a find, and now and then, so that nothing is found twice and little is lost. */
static bool keep_checkpoint(const screening *s)
{
    cleat_error error = {0};
    char *text = s->settings->checkpoint ? text_format("%u\n", s->line) : NULL;
    if (!text)
        return true;
    cleat_status st =
        port_file_write(s->settings->checkpoint, cleat_slice_of(text), PORT_ACCESS_PUBLIC, &error);
    free(text);
    if (st != CLEAT_OK)
        keygen_fail("%s", error.text);
    return st == CLEAT_OK;
}

static bool note(screening *s, bool now)
{
    time_t at = time(NULL);
    if (!now && at - s->noted < NOTE_SECONDS)
        return true;
    s->noted = at;
    if (!s->o->quiet && uv_guess_handle(STANDARD_ERROR) == UV_TTY)
        fprintf(stderr, "\rline %u of %u, %u groups found ", s->line, s->lines, s->found);
    return keep_checkpoint(s);
}

/* The line after which to go on. */
static uint32_t first_line(const moduli_settings *s)
{
    uint8_t *data;
    size_t len;
    uint32_t line = 0;
    if (s->checkpoint &&
        port_file_read(&data, &len, s->checkpoint, PORT_TRUST_ANY, NULL, 64, NULL) == CLEAT_OK) {
        data[strcspn((const char *)data, "\r\n")] = 0;
        (void)text_number((const char *)data, UINT32_MAX, &line);
        port_free(data);
    }
    return s->start_line > line ? s->start_line - 1 : line;
}

/* ---- all of them ---- */

static uint32_t count_lines(const char *text)
{
    uint32_t count = 0;
    for (; *text; text += strcspn(text, "\n"), text += *text == '\n')
        count++;
    return count;
}

static bool is_candidate(const moduli_line *l)
{
    return (l->type == MODULI_SAFE || l->type == MODULI_SOPHIE_GERMAIN) &&
           !(l->tests & MODULI_COMPOSITE);
}

static bool screen_all(screening *s, const char *text)
{
    uint32_t after = first_line(s->settings);
    uint32_t limit = s->settings->lines ? after + s->settings->lines : UINT32_MAX;
    s->lines = count_lines(text);
    while (*text && s->line < limit) {
        unsigned found = s->found;
        moduli_line l;
        const char *at = text;
        text += strcspn(text, "\n");
        text += *text == '\n';
        if (++s->line <= after || !moduli_read_line(&l, at) || !is_candidate(&l))
            continue;
        if (!screen_line(s, &l) || !note(s, s->found > found))
            return false;
    }
    return true;
}

static void report(const screening *s)
{
    if (!s->o->quiet)
        fprintf(stderr, "Found %u safe primes of %u candidates in %ld seconds\n", s->found,
                s->tested, (long)(time(NULL) - s->started));
}

static int screen_to(screening *s, const char *text)
{
    const char *path = s->o->args[0];
    s->out = fopen(path, "a"); /* after an interruption it goes on */
    if (!s->out)
        return keygen_fail("Couldn't open moduli file \"%s\"", path);
    bool good = screen_all(s, text);
    good = fclose(s->out) == 0 && good;
    if (good)
        report(s);
    if (good && s->settings->checkpoint) {
        uv_fs_t request;
        uv_fs_unlink(NULL, &request, s->settings->checkpoint, NULL);
        uv_fs_req_cleanup(&request);
    }
    return good ? 0 : KEYGEN_FAILED;
}

int moduli_screen(const keygen_options *o, const moduli_settings *settings)
{
    uint8_t *data;
    size_t len;
    screening s = {.o = o, .settings = settings, .started = time(NULL)};
    if (settings->bits || settings->memory || settings->start)
        return keygen_fail("-M screen takes -O checkpoint=, generator=, lines=, prime-tests= and "
                           "start-line= only");
    if (settings->generator && settings->generator != 2 && settings->generator != 5)
        return keygen_fail("generator= must be 2 or 5");
    if (!keygen_read(&data, &len, o->file ? o->file : "-"))
        return KEYGEN_FAILED;
    s.noted = s.started;
    int status = screen_to(&s, (const char *)data);
    port_free_secret(data, len);
    return status;
}
