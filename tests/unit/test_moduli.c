/* Groups for Diffie-Hellman group exchange: what is sieved out, what is prime, what generates. */
#include "../../libcore/base/slice.h"
#include "../support/data.h"

#include <CUnit/CUnit.h>
#include <cleat/moduli.h>
#include <openssl/bn.h>
#include <stdlib.h>
#include <string.h>

/* As arithmetic by OpenSSL tells. */
static bool has_small_factor(cleat_slice q)
{
    BIGNUM *n = BN_bin2bn(q.data, (int)q.len, NULL);
    bool found = false;
    for (BN_ULONG d = 3; d < 5000 && !found; d += 2)
        found = BN_mod_word(n, d) == 0 || BN_mod_word(n, d) == (d - 1) / 2;
    BN_free(n);
    return found;
}

static void candidates_have_no_small_factors(void)
{
    cleat_ctx *ctx = data_ctx();
    cleat_sieve *sieve = NULL;
    cleat_bytes q;
    size_t count = 0;
    const cleat_sieve_options options = {
        .struct_size = sizeof options, .bits = 777, .window = 60000};
    CU_ASSERT_EQUAL_FATAL(cleat_sieve_new(&sieve, ctx, &options, NULL), CLEAT_OK);
    while (cleat_sieve_next(sieve, &q) == CLEAT_OK) {
        BIGNUM *n = BN_bin2bn(q.data, (int)q.len, NULL);
        CU_ASSERT_EQUAL(BN_num_bits(n), 776);
        BN_free(n);
        CU_ASSERT(q.data[q.len - 1] & 1);
        CU_ASSERT(!has_small_factor((cleat_slice){q.data, q.len}));
        cleat_bytes_free(&q);
        count++;
    }
    CU_ASSERT(count > 50 && count < 1000);
    cleat_sieve_free(sieve);
    cleat_ctx_unref(ctx);
}

/* What is not a candidate makes no group either. */
static void no_group_is_sieved_out(void)
{
    cleat_ctx *ctx = data_ctx();
    cleat_sieve *sieve = NULL;
    cleat_bytes q;
    uint8_t start[64] = {0x80};
    const cleat_sieve_options options = {.struct_size = sizeof options,
                                         .bits = 513,
                                         .window = 20000,
                                         .start = {start, sizeof start}};
    CU_ASSERT_EQUAL_FATAL(cleat_sieve_new(&sieve, ctx, &options, NULL), CLEAT_OK);
    BIGNUM *n = BN_bin2bn(start, sizeof start, NULL);
    BN_add_word(n, 1);
    uint8_t at[64];
    cleat_status st = cleat_sieve_next(sieve, &q);
    for (unsigned place = 0; place < 20000; place++, BN_add_word(n, 2)) {
        BN_bn2binpad(n, at, sizeof at);
        bool kept = st == CLEAT_OK && memcmp(at, q.data, sizeof at) == 0;
        if (!kept && has_small_factor((cleat_slice){at, sizeof at}))
            continue;
        unsigned generator;
        cleat_bytes p;
        CU_ASSERT_EQUAL(
            cleat_moduli_test(&p, &generator, ctx, (cleat_slice){at, sizeof at}, 1, NULL),
            CLEAT_OK);
        CU_ASSERT(kept || !p.len);
        cleat_bytes_free(&p);
        if (!kept)
            continue;
        cleat_bytes_free(&q);
        st = cleat_sieve_next(sieve, &q);
    }
    CU_ASSERT_EQUAL(st, CLEAT_E_EOF);
    BN_free(n);
    cleat_sieve_free(sieve);
    cleat_ctx_unref(ctx);
}

/* 11 = 2 * 5 + 1, 23, 47, 59, 83; 7 = 2 * 3 + 1 has no generator among those two. */
static void safe_primes_are_told_with_their_generator(void)
{
    static const struct {
        uint8_t q;
        unsigned p, generator; /* p 0: not both are prime */
    } rows[] = {{5, 11, 2}, {11, 23, 5},   {23, 47, 5},   {29, 59, 2}, {41, 83, 2}, {89, 179, 2},
                {3, 7, 5},  {131, 263, 5}, {179, 359, 0}, {7, 0, 0},   {9, 0, 0},   {1, 0, 0}};
    cleat_ctx *ctx = data_ctx();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cleat_bytes p;
        unsigned generator = 99;
        cleat_slice q = {&rows[i].q, 1};
        unsigned got = 0;
        CU_ASSERT_EQUAL_FATAL(cleat_moduli_test(&p, &generator, ctx, q, 100, NULL), CLEAT_OK);
        for (size_t k = 0; k < p.len; k++)
            got = got << 8 | p.data[k];
        CU_ASSERT_EQUAL(got, rows[i].p);
        CU_ASSERT_EQUAL(generator, rows[i].generator);
        cleat_bytes_free(&p);
    }
    cleat_ctx_unref(ctx);
}

static void what_makes_no_sense_is_refused(void)
{
    cleat_ctx *ctx = data_ctx();
    cleat_sieve *sieve = NULL;
    cleat_bytes p;
    unsigned generator;
    const uint8_t zero[2] = {0, 1};
    cleat_sieve_options options = {.struct_size = sizeof options, .bits = 511};
    CU_ASSERT_EQUAL(cleat_sieve_new(&sieve, ctx, &options, NULL), CLEAT_E_BAD_CALL);
    options.bits = 512;
    options.start = (cleat_slice){zero, sizeof zero};
    CU_ASSERT_EQUAL(cleat_sieve_new(&sieve, ctx, &options, NULL), CLEAT_E_BAD_CALL);
    CU_ASSERT_EQUAL(cleat_moduli_test(&p, &generator, ctx, options.start, 1, NULL),
                    CLEAT_E_BAD_CALL);
    CU_ASSERT_PTR_NULL(sieve);
    cleat_ctx_unref(ctx);
}

void suite_moduli(void)
{
    CU_pSuite s = CU_add_suite("moduli", NULL, NULL);
    CU_add_test(s, "candidates have no small factors", candidates_have_no_small_factors);
    CU_add_test(s, "no group is sieved out", no_group_is_sieved_out);
    CU_add_test(s, "safe primes are told with their generator",
                safe_primes_are_told_with_their_generator);
    CU_add_test(s, "what makes no sense is refused", what_makes_no_sense_is_refused);
}
