/* Numbers q that may make a group: neither q nor 2q + 1 has a small factor. */
#include "../base/alloc.h"
#include "../base/buf.h"
#include "../base/error.h"
#include "../wire/writer.h"
#include "bytes.h"
#include "ctx.h"
#include "env.h"

#include <cleat/moduli.h>

#include <string.h>

/* Small primes reach up to there: beyond, dividing costs more than the test that it saves. */
enum { SMALL_MAX = 1 << 22, Q_BYTES_MAX = CLEAT_MODULI_BITS_MAX / 8, WORD_BYTES = 4 };

struct cleat_sieve {
    cleat_ctx *ctx;
    const cl_env *env;
    uint8_t start[Q_BYTES_MAX]; /* odd; candidates are start + 2 * place */
    size_t len;
    unsigned bits; /* of q */
    uint8_t *out;  /* a bit for each place that has a small factor */
    uint32_t window, next;
};

/* ---- arithmetic on big-endian numbers ---- */

/* The length is a multiple of WORD_BYTES. */
static uint32_t remainder_of(const uint8_t *number, size_t len, uint32_t divisor)
{
    uint64_t rest = 0;
    for (size_t i = 0; i < len; i += WORD_BYTES)
        rest = (rest << 32 | cl_load_u32(number + i)) % divisor;
    return (uint32_t)rest;
}

static void add_to(uint8_t *number, size_t len, uint64_t summand)
{
    for (size_t i = len; i-- && summand;) {
        summand += number[i];
        number[i] = (uint8_t)summand;
        summand >>= 8;
    }
}

static unsigned bits_of(const uint8_t *number, size_t len)
{
    size_t i = 0;
    while (i < len && !number[i])
        i++;
    unsigned bits = (unsigned)(len - i) * 8;
    for (unsigned top = 0x80; i < len && !(number[i] & top); top >>= 1)
        bits--;
    return bits;
}

/* ---- sieving ---- */

static void strike(cleat_sieve *s, uint64_t place, uint32_t step)
{
    for (; place < s->window; place += step)
        s->out[place / 8] |= (uint8_t)(1 << place % 8);
}

/* Where start + 2 * place is a multiple of the prime, and where 2 * (start + 2 * place) + 1 is. */
static void strike_multiples(cleat_sieve *s, uint32_t prime)
{
    uint64_t rest = remainder_of(s->start, s->len, prime);
    uint64_t half = (prime + 1) / 2; /* 1/2 modulo the prime */
    uint64_t other = (2 * rest + 1) % prime;
    strike(s, (prime - rest) % prime * half % prime, prime);
    strike(s, (prime - other) % prime * half % prime * half % prime, prime);
}

/* Every odd prime that is small, by Eratosthenes. */
static cleat_status strike_all(cleat_sieve *s)
{
    uint8_t *composite = cl_alloc_zero(s->env->mem, SMALL_MAX);
    if (!composite)
        return CLEAT_E_NOMEM;
    for (uint32_t n = 3; n < SMALL_MAX; n += 2) {
        if (composite[n])
            continue;
        for (uint64_t multiple = (uint64_t)n * n; multiple < SMALL_MAX; multiple += 2 * (uint64_t)n)
            composite[multiple] = 1;
        strike_multiples(s, n);
    }
    cl_alloc_free(s->env->mem, composite);
    return CLEAT_OK;
}

/* ---- where to begin ---- */

static cleat_status random_start(cleat_sieve *s)
{
    size_t top = s->len - (s->bits + 7) / 8;
    unsigned spare = 7 - (s->bits - 1) % 8;
    cleat_status st = cl_random_fill(s->env, s->start + top, s->len - top);
    s->start[top] = (uint8_t)((s->start[top] & 0xFF >> spare) | 0x80 >> spare);
    return st;
}

static cleat_status given_start(cleat_sieve *s, cleat_slice start, cleat_error *error)
{
    if (start.len > s->len || bits_of(start.data, start.len) != s->bits)
        return cl_fail(error, CLEAT_E_BAD_CALL, "the start must be a number of %u bits", s->bits);
    memcpy(s->start + s->len - start.len, start.data, start.len);
    return CLEAT_OK;
}

static cleat_status prepare(cleat_sieve *s, const cleat_sieve_options *o, cleat_error *error)
{
    s->bits = o->bits - 1;
    s->len = ((size_t)s->bits + 31) / 32 * WORD_BYTES;
    s->window = o->window ? o->window : 2 * o->bits * o->bits; /* as primes grow rarer */
    s->out = cl_alloc_zero(s->env->mem, (size_t)s->window / 8 + 1);
    if (!s->out)
        return cl_fail(error, CLEAT_E_NOMEM, "there is no memory for %u numbers", s->window);
    cleat_status st = o->start.len ? given_start(s, o->start, error) : random_start(s);
    s->start[s->len - 1] |= 1;
    return st == CLEAT_OK ? strike_all(s) : st;
}

cleat_status cleat_sieve_new(cleat_sieve **out, cleat_ctx *ctx, const cleat_sieve_options *options,
                             cleat_error *error)
{
    *out = NULL;
    if (options->struct_size != sizeof *options)
        return cl_fail(error, CLEAT_E_BAD_CALL, "the options are not filled in");
    if (options->bits < CLEAT_MODULI_BITS_MIN || options->bits > CLEAT_MODULI_BITS_MAX)
        return cl_fail(error, CLEAT_E_BAD_CALL, "groups have %d to %d bits, not %u",
                       CLEAT_MODULI_BITS_MIN, CLEAT_MODULI_BITS_MAX, options->bits);
    const cl_env *env = cl_ctx_env(ctx);
    cleat_sieve *s = cl_alloc_zero(env->mem, sizeof *s);
    if (!s)
        return cl_fail(error, CLEAT_E_NOMEM, "out of memory");
    s->ctx = cleat_ctx_ref(ctx);
    s->env = env;
    cleat_status st = prepare(s, options, error);
    if (st == CLEAT_OK)
        *out = s;
    else
        cleat_sieve_free(s);
    return st;
}

void cleat_sieve_free(cleat_sieve *s)
{
    if (!s)
        return;
    cleat_ctx *ctx = s->ctx;
    cl_alloc_free(s->env->mem, s->out);
    cl_alloc_free(s->env->mem, s);
    cleat_ctx_unref(ctx);
}

cleat_status cleat_sieve_next(cleat_sieve *s, cleat_bytes *q)
{
    uint8_t number[Q_BYTES_MAX];
    *q = (cleat_bytes){0};
    while (s->next < s->window && s->out[s->next / 8] & 1 << s->next % 8)
        s->next++;
    if (s->next == s->window)
        return CLEAT_E_EOF;
    memcpy(number, s->start, s->len);
    add_to(number, s->len, 2 * (uint64_t)s->next++);
    if (bits_of(number, s->len) != s->bits)
        return CLEAT_E_EOF;
    size_t len = ((size_t)s->bits + 7) / 8;
    cl_buf out = CL_BUF(s->env->mem);
    cl_buf_add(&out, number + s->len - len, len);
    return cl_bytes_from_buf(q, s->ctx, &out);
}
