/* Polynomials of Streamlined NTRU Prime 761 as bytes.
 *
 * The specification's Encode joins neighbouring numbers in pairs, r0 + m0 * r1 below m0 * m1, and
 * writes low bytes out as long as the product of the moduli is 2^14 or more; then it joins the
 * pairs, and so on until one number is left. All moduli of such a level are equal but the last one,
 * and all are public: only the numbers must not be divided by an instruction. */
#include "sntrup761_encode.h"

#include "../base/ct.h"

#include <assert.h>

#define P CL_SNTRUP_P
#define HALF CL_SNTRUP_Q_HALF
#define LIMIT 16384
#define LEVELS_MAX 11 /* 761 numbers halve to one in ten */

typedef struct level {
    uint32_t count;
    uint32_t modulus; /* of all numbers but the last */
    uint32_t last;    /* of the last */
    size_t at;        /* where the level's bytes begin */
} level;

/* The bytes that a number below this modulus gives away, and what is left of the modulus. */
static unsigned bytes_out(uint32_t modulus, uint32_t *rest)
{
    unsigned count = 0;
    for (; modulus >= LIMIT; modulus = (modulus + 255) >> 8)
        count++;
    *rest = modulus;
    return count;
}

static uint32_t second_modulus(const level *l, uint32_t pair)
{
    return 2 * pair + 2 == l->count ? l->last : l->modulus;
}

/* The level above l. */
static level joined(const level *l)
{
    uint32_t pairs = l->count / 2;
    uint32_t inner, outer;
    unsigned inner_bytes = bytes_out(l->modulus * l->modulus, &inner);
    unsigned outer_bytes = bytes_out(l->modulus * second_modulus(l, pairs - 1), &outer);
    return (level){
        .count = l->count - pairs,
        .modulus = inner,
        .last = l->count % 2 ? l->last : outer,
        .at = l->at + (pairs - 1) * inner_bytes + outer_bytes,
    };
}

/* ---- Encoding ------------------------------------------------------------------------------ */

static uint8_t *put(uint8_t *out, uint32_t *number, unsigned bytes)
{
    for (; bytes; bytes--) {
        *out++ = (uint8_t)*number;
        *number >>= 8;
    }
    return out;
}

/* Consumes the numbers. */
static void encode(uint8_t *out, uint16_t *numbers, uint32_t modulus)
{
    level l = {.count = P, .modulus = modulus, .last = modulus};
    while (l.count > 1) {
        uint32_t pairs = l.count / 2;
        for (uint32_t i = 0; i < pairs; i++) {
            uint32_t rest;
            uint32_t number = numbers[2 * i] + numbers[2 * i + 1] * l.modulus;
            out = put(out, &number, bytes_out(l.modulus * second_modulus(&l, i), &rest));
            numbers[i] = (uint16_t)number;
        }
        if (l.count % 2)
            numbers[pairs] = numbers[l.count - 1];
        l = joined(&l);
    }
    uint32_t number = numbers[0];
    put(out, &number, l.last > 256 ? 2 : 1);
}

/* ---- Decoding ------------------------------------------------------------------------------ */

/* number / modulus by multiplication with the public reciprocal (2^32 - 1) / modulus, for numbers
 * below 2^30. The quotient is at most one too small. */
static uint32_t divide(uint32_t number, uint32_t modulus, uint32_t reciprocal, uint32_t *rest)
{
    uint32_t quotient = (uint32_t)((uint64_t)number * reciprocal >> 32);
    uint32_t left = number - quotient * modulus - modulus;
    uint32_t too_far = 0 - (left >> 31);
    *rest = left + (too_far & modulus);
    return quotient + 1 + too_far;
}

/* The numbers of level l from its pairs, which numbers[] holds; in place, from the end. */
static void split(uint16_t *numbers, const level *l, const uint8_t *in)
{
    uint32_t pairs = l->count / 2;
    uint32_t by_modulus = UINT32_MAX / l->modulus;
    uint32_t by_last = UINT32_MAX / l->last;
    uint32_t unused;
    unsigned step = bytes_out(l->modulus * l->modulus, &unused);
    if (l->count % 2)
        numbers[l->count - 1] = numbers[pairs];
    for (uint32_t i = pairs; i-- > 0;) {
        uint32_t second = second_modulus(l, i);
        uint32_t number = numbers[i];
        const uint8_t *low = in + l->at + i * step;
        for (unsigned byte = bytes_out(l->modulus * second, &unused); byte-- > 0;)
            number = number << 8 | low[byte];
        uint32_t first_rest, second_rest;
        number = divide(number, l->modulus, by_modulus, &first_rest);
        /* A valid encoding is below its modulus already; others must become so. */
        divide(number, second, second == l->last ? by_last : by_modulus, &second_rest);
        numbers[2 * i] = (uint16_t)first_rest;
        numbers[2 * i + 1] = (uint16_t)second_rest;
    }
}

static void decode(uint16_t *numbers, const uint8_t *in, uint32_t modulus)
{
    level levels[LEVELS_MAX] = {{.count = P, .modulus = modulus, .last = modulus}};
    size_t top = 0;
    for (; levels[top].count > 1; top++) {
        assert(top + 1 < LEVELS_MAX);
        levels[top + 1] = joined(&levels[top]);
    }
    const uint8_t *end = in + levels[top].at;
    uint32_t last = levels[top].last;
    uint32_t number = last > 256 ? end[0] | (uint32_t)end[1] << 8 : end[0];
    uint32_t rest;
    divide(number, last, UINT32_MAX / last, &rest);
    numbers[0] = (uint16_t)rest;
    while (top-- > 0)
        split(numbers, &levels[top], in);
}

/* ---- Polynomials --------------------------------------------------------------------------- */

void cl_sntrup_encode_small(uint8_t *out, const cl_sntrup_poly *f)
{
    /* The last byte has one coefficient of its own; the padding behind it would read as 1. */
    for (size_t i = 0; i < CL_SNTRUP_SMALL_LEN - 1; i++) {
        const int16_t *c = f->c + 4 * i;
        out[i] = (uint8_t)((c[0] + 1) | (c[1] + 1) << 2 | (c[2] + 1) << 4 | (c[3] + 1) << 6);
    }
    out[CL_SNTRUP_SMALL_LEN - 1] = (uint8_t)(f->c[P - 1] + 1);
}

void cl_sntrup_decode_small(cl_sntrup_poly *f, const uint8_t *in)
{
    *f = (cl_sntrup_poly){0};
    for (size_t i = 0; i < P; i++)
        f->c[i] = (int16_t)((in[i / 4] >> (i % 4 * 2) & 3) - 1);
}

void cl_sntrup_encode_rq(uint8_t *out, const cl_sntrup_poly *f)
{
    uint16_t numbers[P];
    for (size_t i = 0; i < P; i++)
        numbers[i] = (uint16_t)(f->c[i] + HALF);
    encode(out, numbers, CL_SNTRUP_Q);
    cl_wipe(numbers, sizeof numbers);
}

void cl_sntrup_decode_rq(cl_sntrup_poly *f, const uint8_t *in)
{
    uint16_t numbers[P];
    decode(numbers, in, CL_SNTRUP_Q);
    *f = (cl_sntrup_poly){0};
    for (size_t i = 0; i < P; i++)
        f->c[i] = (int16_t)(numbers[i] - HALF);
}

/* HALF is a multiple of 3, so all three steps below stay within integers: 10923 is 2^15 / 3. */
#define THIRDS ((CL_SNTRUP_Q + 2) / 3)

void cl_sntrup_encode_rounded(uint8_t *out, const cl_sntrup_poly *f)
{
    uint16_t numbers[P];
    for (size_t i = 0; i < P; i++)
        numbers[i] = (uint16_t)((f->c[i] + HALF) * 10923 >> 15);
    encode(out, numbers, THIRDS);
    cl_wipe(numbers, sizeof numbers);
}

void cl_sntrup_decode_rounded(cl_sntrup_poly *f, const uint8_t *in)
{
    uint16_t numbers[P];
    decode(numbers, in, THIRDS);
    *f = (cl_sntrup_poly){0};
    for (size_t i = 0; i < P; i++)
        f->c[i] = (int16_t)(3 * numbers[i] - HALF);
}
