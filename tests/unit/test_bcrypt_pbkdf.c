/* Blowfish's tables and bcrypt's key derivation. */
#include "../../libcore/base/alloc.h"
#include "../../libcore/base/slice.h"
#include "../../libcore/alg/hash.h"
#include "../../libcore/key/bcrypt_pbkdf.h"
#include "../../libcore/key/blowfish.h"
#include "../support/data.h"
#include "../support/kat.h"

#include <CUnit/CUnit.h>
#include <string.h>

/* ---- pi, anew -------------------------------------------------------------------------------- */

/* Fixed point: word 0 is the integer part, the others are the fraction; some to spare for the
 * rounding of several thousand terms. */
enum { FRACTION = CL_BLOWFISH_WORDS + 4, WORDS = 1 + FRACTION };

typedef struct fixed {
    uint32_t w[WORDS];
} fixed;

static bool is_zero(const fixed *x)
{
    uint32_t any = 0;
    for (size_t i = 0; i < WORDS; i++)
        any |= x->w[i];
    return any == 0;
}

static void divide(fixed *x, uint32_t by)
{
    uint64_t rest = 0;
    for (size_t i = 0; i < WORDS; i++) {
        rest = rest << 32 | x->w[i];
        x->w[i] = (uint32_t)(rest / by);
        rest %= by;
    }
}

static void add(fixed *sum, const fixed *x, bool negative)
{
    uint64_t carry = negative;
    for (size_t i = WORDS; i-- > 0;) {
        carry += (uint64_t)sum->w[i] + (negative ? ~x->w[i] : x->w[i]);
        sum->w[i] = (uint32_t)carry;
        carry >>= 32;
    }
}

/* sum += factor * arctan(1 / x), or minus that: the alternating series of odd powers. */
static void add_arctan(fixed *sum, uint32_t factor, uint32_t x, bool negative)
{
    fixed power = {.w = {factor}};
    divide(&power, x);
    for (uint32_t odd = 1; !is_zero(&power); odd += 2) {
        fixed term = power;
        divide(&term, odd);
        add(sum, &term, negative);
        negative = !negative;
        divide(&power, x * x);
    }
}

static void tables_are_the_digits_of_pi(void)
{
    static fixed pi;
    pi = (fixed){0};
    add_arctan(&pi, 16, 5, false); /* Machin's formula */
    add_arctan(&pi, 4, 239, true);
    CU_ASSERT_EQUAL(pi.w[0], 3);
    CU_ASSERT(memcmp(pi.w + 1, cl_blowfish_pi, sizeof cl_blowfish_pi) == 0);
}

/* ---- the cipher and the derivation ----------------------------------------------------------- */

/* From Eric Young's published set for Blowfish in ECB mode. */
static void blowfish_equals_published_vectors(void)
{
    static const struct {
        uint8_t key[8];
        uint32_t plain[2], sealed[2];
    } vectors[] = {
        {{0}, {0, 0}, {0x4EF99745, 0x6198DD78}},
        {{255, 255, 255, 255, 255, 255, 255, 255},
         {0xFFFFFFFF, 0xFFFFFFFF},
         {0x51866FD5, 0xB85ECB8A}},
        {{0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF},
         {0x11111111, 0x11111111},
         {0x61F9C380, 0x2281B096}},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        cl_blowfish b;
        uint32_t block[2] = {vectors[i].plain[0], vectors[i].plain[1]};
        cl_blowfish_init(&b);
        cl_blowfish_expand(&b, NULL, 0, vectors[i].key, 8);
        cl_blowfish_encrypt(&b, block);
        CU_ASSERT_EQUAL(block[0], vectors[i].sealed[0]);
        CU_ASSERT_EQUAL(block[1], vectors[i].sealed[1]);
    }
}

static void derivation_equals_vectors(void)
{
    cl_hashes hashes;
    cl_env env = {.mem = &cl_alloc_default, .hashes = &hashes};
    CU_ASSERT_EQUAL_FATAL(cl_hashes_init(&hashes, NULL), CLEAT_OK);
    kat *k = kat_open("bcrypt_pbkdf.txt");
    CU_ASSERT_PTR_NOT_NULL_FATAL(k);
    size_t count = 0;
    for (; kat_next(k); count++) {
        uint8_t out[256];
        uint64_t rounds = 0;
        cleat_slice expected = kat_bytes(k, "out");
        CU_ASSERT_FATAL(expected.len && expected.len <= sizeof out);
        CU_ASSERT(cl_slice_to_u64(cleat_slice_of(kat_text(k, "rounds")), 100, &rounds));
        CU_ASSERT_EQUAL(cl_bcrypt_pbkdf(&env, kat_bytes(k, "pass"), kat_bytes(k, "salt"),
                                        (uint32_t)rounds, out, expected.len),
                        CLEAT_OK);
        CU_ASSERT(kat_matches(k, "out", out, expected.len));
    }
    CU_ASSERT(count >= 5);
    kat_close(k);
    cl_hashes_free(&hashes);
}

static void senseless_arguments_are_refused(void)
{
    uint8_t out[CL_BCRYPT_OUT_MAX + 1];
    cl_env env = {.mem = &cl_alloc_default};
    cleat_slice text = CL_SLICE_LIT("text");
    CU_ASSERT_EQUAL(cl_bcrypt_pbkdf(&env, CL_SLICE_EMPTY, text, 1, out, 32), CLEAT_E_BAD_CALL);
    CU_ASSERT_EQUAL(cl_bcrypt_pbkdf(&env, text, CL_SLICE_EMPTY, 1, out, 32), CLEAT_E_BAD_CALL);
    CU_ASSERT_EQUAL(cl_bcrypt_pbkdf(&env, text, text, 0, out, 32), CLEAT_E_BAD_CALL);
    CU_ASSERT_EQUAL(cl_bcrypt_pbkdf(&env, text, text, 1, out, 0), CLEAT_E_BAD_CALL);
    CU_ASSERT_EQUAL(cl_bcrypt_pbkdf(&env, text, text, 1, out, sizeof out), CLEAT_E_BAD_CALL);
    CU_ASSERT_EQUAL(cl_bcrypt_pbkdf(&env, text, text, CL_BCRYPT_ROUNDS_MAX + 1, out, 32),
                    CLEAT_E_LIMIT);
}

void suite_bcrypt_pbkdf(void)
{
    CU_pSuite s = CU_add_suite("bcrypt_pbkdf", NULL, NULL);
    CU_add_test(s, "tables are the digits of pi", tables_are_the_digits_of_pi);
    CU_add_test(s, "blowfish equals published vectors", blowfish_equals_published_vectors);
    CU_add_test(s, "derivation equals vectors", derivation_equals_vectors);
    CU_add_test(s, "senseless arguments are refused", senseless_arguments_are_refused);
}
