/* Arithmetic in ML-KEM's ring. No branch and no index depends on a coefficient and nothing is
 * divided: products are reduced after Montgomery, sums after Barrett. All steps are 16 bits wide,
 * so that compilers turn the long loops into vector code. */
#include "mlkem_ntt.h"

#define Q CL_MLKEM_Q
#define Q_INVERSE (-3327)         /* q^-1 mod 2^16 */
#define SCALE_SQUARED 1353        /* 2^32 mod q */
#define SCALE_SQUARED_BY_128 1441 /* 2^32 / 128 mod q */

/* 17^BitRev7(i) * 2^16 mod q (FIPS 203 Appendix A, scaled), centred. */
static const int16_t zetas[128] = {
    -1044, -758,  -359,  -1517, 1493,  1422,  287,   202,   -171,  622,   1577,  182,   962,
    -1202, -1474, 1468,  573,   -1325, 264,   383,   -829,  1458,  -1602, -130,  -681,  1017,
    732,   608,   -1542, 411,   -205,  -1571, 1223,  652,   -552,  1015,  -1293, 1491,  -282,
    -1544, 516,   -8,    -320,  -666,  -1618, -1162, 126,   1469,  -853,  -90,   -271,  830,
    107,   -1421, -247,  -951,  -398,  961,   -1508, -725,  448,   -1065, 677,   -1275, -1103,
    430,   555,   843,   -1251, 871,   1550,  105,   422,   587,   177,   -235,  -291,  -460,
    1574,  1653,  -246,  778,   1159,  -147,  -777,  1483,  -602,  1119,  -1590, 644,   -872,
    349,   418,   329,   -156,  -75,   817,   1097,  603,   610,   1322,  -1285, -1465, 384,
    -1215, -136,  1218,  -1335, -874,  220,   -1187, -1659, -1185, -1530, -1278, 794,   -1510,
    -854,  -870,  478,   -108,  -308,  996,   991,   958,   -1460, 1522,  1628,
};

static int16_t high_half(int16_t a, int16_t b)
{
    return (int16_t)((int32_t)a * b >> 16);
}

/* a * b / 2^16 mod q. The low halves of a*b and t*q are equal, so only the high ones are needed.
 * |b| < q gives |result| < q for every a. */
static int16_t mul(int16_t a, int16_t b)
{
    int16_t low = (int16_t)(a * b);
    int16_t t = (int16_t)(low * Q_INVERSE);
    return (int16_t)(high_half(a, b) - high_half(t, Q));
}

/* The same for a sum of products, |a| < q * 2^15. */
static int16_t montgomery(int32_t a)
{
    int16_t t = (int16_t)((int16_t)a * Q_INVERSE);
    return (int16_t)((a - (int32_t)t * Q) >> 16);
}

/* To |result| <= q/2: 20159 is 2^26 / q, rounded. */
static int16_t barrett(int16_t a)
{
    int16_t t = (int16_t)((high_half(a, 20159) + (1 << 9)) >> 10);
    return (int16_t)(a - t * Q);
}

/* One block of a forward layer; the bound grows by q each layer: 8q < 2^15 after seven. */
static void butterfly(int16_t *restrict low, int16_t *restrict high, size_t len, int16_t zeta)
{
    for (size_t i = 0; i < len; i++) {
        int16_t t = mul(high[i], zeta);
        high[i] = (int16_t)(low[i] - t);
        low[i] = (int16_t)(low[i] + t);
    }
}

void cl_mlkem_ntt(cl_mlkem_poly *f)
{
    size_t next = 1;
    for (size_t len = CL_MLKEM_N / 2; len >= 2; len /= 2) {
        for (size_t start = 0; start < CL_MLKEM_N; start += 2 * len)
            butterfly(f->c + start, f->c + start + len, len, zetas[next++]);
    }
    cl_mlkem_reduce(f);
}

static void butterfly_inverse(int16_t *restrict low, int16_t *restrict high, size_t len,
                              int16_t zeta)
{
    for (size_t i = 0; i < len; i++) {
        int16_t difference = (int16_t)(high[i] - low[i]);
        low[i] = barrett((int16_t)(low[i] + high[i]));
        high[i] = mul(difference, zeta);
    }
}

void cl_mlkem_ntt_inverse(cl_mlkem_poly *f)
{
    size_t next = 127;
    for (size_t len = 2; len <= CL_MLKEM_N / 2; len *= 2) {
        for (size_t start = 0; start < CL_MLKEM_N; start += 2 * len)
            butterfly_inverse(f->c + start, f->c + start + len, len, zetas[next--]);
    }
    for (size_t i = 0; i < CL_MLKEM_N; i++)
        f->c[i] = mul(f->c[i], SCALE_SQUARED_BY_128);
}

void cl_mlkem_unscale(cl_mlkem_poly *f)
{
    for (size_t i = 0; i < CL_MLKEM_N; i++)
        f->c[i] = mul(f->c[i], SCALE_SQUARED);
}

void cl_mlkem_factor_prepare(cl_mlkem_factor *f, size_t k)
{
    for (size_t i = 0; i < k; i++) {
        for (size_t j = 0; j < CL_MLKEM_N / 4; j++) {
            int16_t gamma = zetas[64 + j];
            f->odd[i][2 * j] = mul(f->p[i].c[4 * j + 1], gamma);
            f->odd[i][2 * j + 1] = mul(f->p[i].c[4 * j + 3], (int16_t)-gamma);
        }
    }
}

void cl_mlkem_dot(cl_mlkem_poly *out, const cl_mlkem_poly *a, const cl_mlkem_factor *b, size_t k)
{
    for (size_t j = 0; j < CL_MLKEM_N; j += 2) {
        int32_t even = 0;
        int32_t odd = 0;
        for (size_t i = 0; i < k; i++) {
            int32_t a0 = a[i].c[j];
            int32_t a1 = a[i].c[j + 1];
            even += a0 * b->p[i].c[j] + a1 * b->odd[i][j / 2];
            odd += a0 * b->p[i].c[j + 1] + a1 * b->p[i].c[j];
        }
        out->c[j] = montgomery(even);
        out->c[j + 1] = montgomery(odd);
    }
}

void cl_mlkem_add(cl_mlkem_poly *f, const cl_mlkem_poly *g)
{
    for (size_t i = 0; i < CL_MLKEM_N; i++)
        f->c[i] = (int16_t)(f->c[i] + g->c[i]);
}

void cl_mlkem_subtract(cl_mlkem_poly *f, const cl_mlkem_poly *g)
{
    for (size_t i = 0; i < CL_MLKEM_N; i++)
        f->c[i] = (int16_t)(f->c[i] - g->c[i]);
}

void cl_mlkem_reduce(cl_mlkem_poly *f)
{
    for (size_t i = 0; i < CL_MLKEM_N; i++)
        f->c[i] = barrett(f->c[i]);
}
