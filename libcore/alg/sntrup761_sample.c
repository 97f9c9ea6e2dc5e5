/* Secret polynomials of Streamlined NTRU Prime 761. */
#include "sntrup761_sample.h"

#include "../base/ct.h"

#define P CL_SNTRUP_P

static cleat_status draw(const cleat_random *random, uint32_t words[P])
{
    cleat_status st = random->fill(random->user, (uint8_t *)words, P * sizeof words[0]);
    return st == CLEAT_OK ? CLEAT_OK : CLEAT_E_RANDOM;
}

cleat_status cl_sntrup_sample_small(const cleat_random *random, cl_sntrup_poly *f)
{
    uint32_t words[P];
    cleat_status st = draw(random, words);
    *f = (cl_sntrup_poly){0};
    for (size_t i = 0; st == CLEAT_OK && i < P; i++)
        f->c[i] = (int16_t)((int32_t)((words[i] & 0x3fffffff) * 3 >> 30) - 1);
    cl_wipe(words, sizeof words);
    return st;
}

/* Puts the smaller of the two first. */
static void order(uint32_t *a, uint32_t *b)
{
    uint32_t b_is_less = (uint32_t)(((uint64_t)*b - *a) >> 32);
    uint32_t change = b_is_less & (*a ^ *b);
    *a ^= change;
    *b ^= change;
}

/* Batcher's merge exchange (Knuth, TAOCP 5.2.2, Algorithm M): which places are compared depends on
 * their number alone. */
static void sort(uint32_t words[P])
{
    const size_t top = 512; /* the largest power of two below P */
    for (size_t p = top; p > 0; p /= 2) {
        size_t distance = p;
        size_t match = 0;
        for (size_t q = top;; q /= 2) {
            for (size_t i = 0; i + distance < P; i++) {
                if ((i & p) == match)
                    order(&words[i], &words[i + distance]);
            }
            if (q == p)
                break;
            distance = q - p;
            match = p;
        }
    }
}

/* The random words carry their coefficient in the two lowest bits; sorting by the other thirty
 * shuffles them. */
cleat_status cl_sntrup_sample_short(const cleat_random *random, cl_sntrup_poly *f)
{
    uint32_t words[P];
    cleat_status st = draw(random, words);
    *f = (cl_sntrup_poly){0};
    if (st == CLEAT_OK) {
        for (size_t i = 0; i < CL_SNTRUP_W; i++)
            words[i] &= ~UINT32_C(1); /* 0 or 2: -1 or 1 */
        for (size_t i = CL_SNTRUP_W; i < P; i++)
            words[i] = (words[i] & ~UINT32_C(3)) | 1; /* 1: zero */
        sort(words);
        for (size_t i = 0; i < P; i++)
            f->c[i] = (int16_t)((int32_t)(words[i] & 3) - 1);
    }
    cl_wipe(words, sizeof words);
    return st;
}
