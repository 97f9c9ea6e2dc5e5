/* Reciprocals for Streamlined NTRU Prime 761.
 *
 * Both work on (f, g), at first the modulus and the input with their coefficients reversed, and on
 * (v, r), at first (0, 1) or a constant multiple of it. A step makes g's lowest coefficient vanish
 * with a multiple of f, divides by x, and does to r what it does to g; f and v change places with
 * g and r when delta says so. After 2p - 1 steps f is a constant and v / f is the reciprocal. v and
 * r are kept with the coefficient of x^i at place p - i: then the factor x that a step gives v is a
 * move towards place 0, and the result needs no second reversal.
 *
 * A step may change the sign of g and r together: that changes neither f's constant nor v / f. */
#include "sntrup761_invert.h"

#include "../base/ct.h"

#define P CL_SNTRUP_P
#define Q CL_SNTRUP_Q
#define STEPS (2 * P - 1)

/* All ones when delta > 0 and g's constant is not zero: the two pairs change places. Updates
 * delta for this step. */
static int32_t decide_swap(int32_t *delta, int32_t g0)
{
    int32_t mask = (-*delta >> 31) & ((g0 | -g0) >> 31);
    *delta = ((*delta ^ mask) - mask) + 1;
    return mask;
}

/* ---- R/3: 64 coefficients a word, in two planes -------------------------------------------- */

#define WORDS (CL_SNTRUP_PADDED / 64)

typedef struct trits {
    uint64_t some[WORDS];  /* the coefficient is not zero */
    uint64_t minus[WORDS]; /* it is -1 */
} trits;

/* One word of x + c * y, c given as two masks. */
static void add_multiple(uint64_t *some, uint64_t *minus, uint64_t y_some, uint64_t y_minus,
                         uint64_t c_some, uint64_t c_minus)
{
    uint64_t ys = y_some & c_some;
    uint64_t ym = (y_minus ^ c_minus) & ys;
    uint64_t both = *some & ys;
    uint64_t one = *some ^ ys;
    uint64_t same = both & ~(*minus ^ ym);
    *minus = (one & (*minus | ym)) | (same & ~ym);
    *some = one | same;
}

static uint64_t choose(uint64_t mask, uint64_t yes, uint64_t no)
{
    return no ^ (mask & (yes ^ no));
}

/* The plane moved one place towards 0. */
static void move_down(uint64_t *plane)
{
    for (size_t i = 0; i + 1 < WORDS; i++)
        plane[i] = plane[i] >> 1 | plane[i + 1] << 63;
    plane[WORDS - 1] >>= 1;
}

/* low takes high's place when swap says so, high becomes high + c * low. */
static void combine_trits(trits *low, trits *high, uint64_t c_some, uint64_t c_minus, uint64_t swap)
{
    for (size_t i = 0; i < WORDS; i++) {
        uint64_t some = high->some[i];
        uint64_t minus = high->minus[i];
        add_multiple(&high->some[i], &high->minus[i], low->some[i], low->minus[i], c_some, c_minus);
        low->some[i] = choose(swap, some, low->some[i]);
        low->minus[i] = choose(swap, minus, low->minus[i]);
    }
}

static void set_trit(trits *t, size_t at, int16_t value)
{
    uint16_t bits = (uint16_t)value; /* 0, 1 or 0xffff */
    t->some[at / 64] |= (uint64_t)(bits & 1) << (at % 64);
    t->minus[at / 64] |= (uint64_t)(bits >> 15) << (at % 64);
}

static int16_t trit(const trits *t, size_t at)
{
    int some = (int)(t->some[at / 64] >> (at % 64) & 1);
    int minus = (int)(t->minus[at / 64] >> (at % 64) & 1);
    return (int16_t)(some - 2 * minus);
}

bool cl_sntrup_invert_3(cl_sntrup_poly *out, const cl_sntrup_poly *small)
{
    struct {
        trits f, g, v, r;
    } w = {0};
    int32_t delta = 1;
    set_trit(&w.f, 0, 1);
    set_trit(&w.f, P - 1, -1);
    set_trit(&w.f, P, -1);
    for (size_t i = 0; i < P; i++)
        set_trit(&w.g, i, small->c[P - 1 - i]);
    set_trit(&w.r, P, 1);

    for (size_t n = 0; n < STEPS; n++) {
        /* c = -g0/f0; f0 is never zero, so it is its own reciprocal. */
        uint64_t c_some = 0 - (w.g.some[0] & 1);
        uint64_t c_minus = 0 - (~(w.f.minus[0] ^ w.g.minus[0]) & 1);
        uint64_t swap = (uint64_t)(int64_t)decide_swap(&delta, (int32_t)(w.g.some[0] & 1));
        move_down(w.v.some);
        move_down(w.v.minus);
        combine_trits(&w.f, &w.g, c_some, c_minus, swap);
        combine_trits(&w.v, &w.r, c_some, c_minus, swap);
        move_down(w.g.some);
        move_down(w.g.minus);
    }
    int16_t sign = trit(&w.f, 0);
    *out = (cl_sntrup_poly){0};
    for (size_t i = 0; i < P; i++)
        out->c[i] = (int16_t)(sign * trit(&w.v, i + 1));
    cl_wipe(&w, sizeof w);
    return delta == 0;
}

/* ---- R/q ----------------------------------------------------------------------------------- */

/* Coefficients are worked on in blocks, of which later steps need fewer and fewer for f and g, and
 * earlier steps fewer for v and r. Arrays have one block more than is ever written. */
#define BLOCK 64
#define BLOCKS (CL_SNTRUP_PADDED / BLOCK)
#define ROOM (CL_SNTRUP_PADDED + BLOCK)

/* Between steps |coefficient| <= q * 1.5. */
typedef struct residues {
    int16_t c[ROOM];
} residues;

/* The constants of one step: f0 and g0 centred, and 2^16 times their quotient by q. */
typedef struct step {
    int16_t f0, g0;
    int16_t f0_by_q, g0_by_q;
    int16_t swap;
} step;

static int16_t high_half(int16_t a, int16_t b)
{
    return (int16_t)((int32_t)a * b >> 16);
}

static int16_t low_half(int16_t a, int16_t b)
{
    return (int16_t)(a * b);
}

static int16_t scaled_by_q(int16_t x)
{
    return (int16_t)((x * 467759 + (1 << 14)) >> 15); /* 2^31 / q */
}

/* f0 * b - g0 * a modulo q. The quotient to take off is estimated from precomputed f0/q and g0/q
 * (Shoup's method) and is off by less than 1.2; all that is kept fits 16 bits. */
static int16_t eliminate(int16_t a, int16_t b, step s)
{
    int16_t quotient = (int16_t)(high_half(b, s.f0_by_q) - high_half(a, s.g0_by_q));
    return (int16_t)(low_half(b, s.f0) - low_half(a, s.g0) - low_half(quotient, Q));
}

static int16_t choose_16(int16_t mask, int16_t yes, int16_t no)
{
    return (int16_t)(no ^ (mask & (yes ^ no)));
}

/* (f, g) = (swap ? g : f, (f0 * g - g0 * f) / x) on one block; reads one place further. */
static void step_down(int16_t *restrict f, int16_t *restrict g, step s)
{
    for (size_t i = 0; i < BLOCK; i++) {
        int16_t next = eliminate(f[i + 1], g[i + 1], s);
        f[i] = choose_16(s.swap, g[i], f[i]);
        g[i] = next;
    }
}

/* (v, r) = (swap ? r : x * v, f0 * r - g0 * x * v) on one block. */
static void step_up(int16_t *restrict v, int16_t *restrict r, step s)
{
    for (size_t i = 0; i < BLOCK; i++) {
        int16_t moved = v[i + 1];
        int16_t next = eliminate(moved, r[i], s);
        v[i] = choose_16(s.swap, r[i], moved);
        r[i] = next;
    }
}

static step prepare_step(int32_t *delta, const residues *f, const residues *g)
{
    step s = {.f0 = cl_sntrup_mod_q(f->c[0]), .g0 = cl_sntrup_mod_q(g->c[0])};
    s.f0_by_q = scaled_by_q(s.f0);
    s.g0_by_q = scaled_by_q(s.g0);
    s.swap = (int16_t)decide_swap(delta, s.g0);
    return s;
}

/* x^(q-2) = 1/x; the exponent is no secret. */
static int16_t reciprocal(int16_t x)
{
    int16_t power = 1;
    for (int bit = 12; bit >= 0; bit--) {
        power = cl_sntrup_mod_q(power * power);
        if ((Q - 2) >> bit & 1)
            power = cl_sntrup_mod_q(power * x);
    }
    return power;
}

void cl_sntrup_invert_q(cl_sntrup_poly *out, const cl_sntrup_poly *small)
{
    struct {
        residues f, g, v, r;
    } w = {0};
    int32_t delta = 1;
    w.f.c[0] = 1;
    w.f.c[P - 1] = w.f.c[P] = -1;
    for (size_t i = 0; i < P; i++)
        w.g.c[i] = small->c[P - 1 - i];
    w.r.c[P] = -1530; /* 1/3 */

    for (size_t n = 0; n < STEPS; n++) {
        step s = prepare_step(&delta, &w.f, &w.g);
        /* STEPS - n coefficients of f and g can still reach their constants; x^n is the highest
         * power that v and r have so far. */
        size_t end = (STEPS - n + BLOCK - 1) / BLOCK;
        size_t begin = n + 1 < P ? (P - n - 1) / BLOCK : 0;
        for (size_t b = 0; b < end && b < BLOCKS; b++)
            step_down(w.f.c + b * BLOCK, w.g.c + b * BLOCK, s);
        for (size_t b = begin; b < BLOCKS; b++)
            step_up(w.v.c + b * BLOCK, w.r.c + b * BLOCK, s);
    }
    int16_t scale = reciprocal(cl_sntrup_mod_q(w.f.c[0]));
    *out = (cl_sntrup_poly){0};
    for (size_t i = 0; i < P; i++)
        out->c[i] = cl_sntrup_mod_q(scale * w.v.c[i + 1]);
    cl_wipe(&w, sizeof w);
}
