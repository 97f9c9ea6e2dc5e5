/* Arithmetic of Streamlined NTRU Prime 761. The loops are branch-free and of constant length, so
 * that compilers turn them into vector code without being asked twice. */
#include "sntrup761_poly.h"

#include "../base/ct.h"

#define P CL_SNTRUP_P
#define Q CL_SNTRUP_Q
#define PADDED CL_SNTRUP_PADDED

#define ROWS 4                  /* rows of the schoolbook product that are added in one pass */
#define PASSES 3                /* passes before sums must be reduced: 12 * 2295 + 2295 < 2^15 */
#define STEP (ROWS * PASSES)    /* divides PADDED */
#define MARGIN 16               /* zeros around a factor, for rows that begin later */
#define WIDTH (PADDED + MARGIN) /* touched by one pass */
#define SPAN (WIDTH + MARGIN)   /* touched by the passes of one step */
#define PRODUCT (2 * PADDED + 4 * MARGIN)

static int16_t high_half(int16_t a, int16_t b)
{
    return (int16_t)((int32_t)a * b >> 16);
}

/* Any int16 modulo q, centred: 29235 is 2^27 / q, rounded. */
static int16_t reduced(int16_t x)
{
    int16_t quotient = (int16_t)((high_half(x, 29235) + (1 << 10)) >> 11);
    return (int16_t)(x - quotient * Q);
}

static void reduce(int16_t *x, size_t len)
{
    for (size_t i = 0; i < len; i++)
        x[i] = reduced(x[i]);
}

/* sum += rows * a, where a has MARGIN zeros before and after it. */
static void add_rows(int16_t *restrict sum, const int16_t *restrict a, const int16_t rows[ROWS])
{
    int16_t r0 = rows[0];
    int16_t r1 = rows[1];
    int16_t r2 = rows[2];
    int16_t r3 = rows[3];
    for (size_t i = 0; i < WIDTH; i++)
        sum[i] = (int16_t)(sum[i] + r0 * a[i] + r1 * a[i - 1] + r2 * a[i - 2] + r3 * a[i - 3]);
}

/* x^p = x + 1. */
static void fold(cl_sntrup_poly *out, const int16_t *product)
{
    *out = (cl_sntrup_poly){{(int16_t)(product[0] + product[P])}};
    for (size_t i = 1; i < P; i++)
        out->c[i] = (int16_t)(product[i] + product[i + P] + product[i + P - 1]);
    reduce(out->c, P);
}

void cl_sntrup_mul(cl_sntrup_poly *out, const cl_sntrup_poly *a, const cl_sntrup_poly *small)
{
    int16_t framed[MARGIN + PADDED + 2 * MARGIN] = {0};
    int16_t product[PRODUCT] = {0};
    for (size_t i = 0; i < P; i++)
        framed[MARGIN + i] = a->c[i];
    for (size_t i = 0; i < PADDED; i += STEP) {
        for (size_t pass = 0; pass < STEP; pass += ROWS)
            add_rows(product + i + pass, framed + MARGIN, small->c + i + pass);
        reduce(product + i, SPAN);
    }
    fold(out, product);
    cl_wipe(framed, sizeof framed);
    cl_wipe(product, sizeof product);
}

void cl_sntrup_triple(cl_sntrup_poly *f)
{
    for (size_t i = 0; i < PADDED; i++)
        f->c[i] = reduced((int16_t)(3 * f->c[i]));
}

/* 21846 is 2^16 / 3, rounded up: the remainder is 0..3 before it is centred. */
static int16_t residue_3(int16_t x)
{
    int16_t rest = (int16_t)(x - 3 * high_half(x, 21846));
    return (int16_t)(rest - 3 * (rest >> 1));
}

void cl_sntrup_mod_3(cl_sntrup_poly *f)
{
    for (size_t i = 0; i < PADDED; i++)
        f->c[i] = residue_3(f->c[i]);
}

void cl_sntrup_round(cl_sntrup_poly *f)
{
    for (size_t i = 0; i < PADDED; i++)
        f->c[i] = (int16_t)(f->c[i] - residue_3(f->c[i]));
}
