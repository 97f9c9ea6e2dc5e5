/* ML-KEM against published vectors, and what it must refuse. */
#include "../../libcore/alg/mlkem.h"
#include "../../libcore/alg/mlkem_encode.h"
#include "../../libcore/base/slice.h"
#include "../support/kat.h"

#include <CUnit/CUnit.h>
#include <openssl/evp.h>
#include <stdio.h>

static cl_hashes hashes;

typedef struct material {
    uint8_t ek[CL_MLKEM_EK_MAX], dk[CL_MLKEM_DK_MAX], ct[CL_MLKEM_CT_MAX];
    uint8_t shared[CL_MLKEM_SHARED];
} material;

static const struct {
    const cl_mlkem_params *params;
    const char *file;
} sets[] = {
    {&cl_mlkem_768, "mlkem768.txt"},
    {&cl_mlkem_1024, "mlkem1024.txt"},
};

#define SET_COUNT (sizeof sets / sizeof sets[0])

static int setup(void)
{
    return cl_hashes_init(&hashes, NULL) == CLEAT_OK ? 0 : 1;
}

static int teardown(void)
{
    cl_hashes_free(&hashes);
    return 0;
}

/* A failed vector is named by its note; CUnit knows only the line. */
static void expect(kat *k, bool as_published)
{
    if (!as_published)
        fprintf(stderr, "vector: %s\n", kat_text(k, "note"));
    CU_ASSERT(as_published);
}

static bool shared_is(kat *k, const material *m)
{
    return kat_matches(k, "K", m->shared, sizeof m->shared);
}

static void check_keygen(const cl_mlkem_params *p, kat *k)
{
    material m;
    cleat_slice seed = kat_bytes(k, "seed");
    CU_ASSERT_EQUAL_FATAL(seed.len, CL_MLKEM_SEED);
    expect(k, cl_mlkem_keygen(p, &hashes, seed.data, m.ek, m.dk) == CLEAT_OK &&
                  kat_matches(k, "ek", m.ek, p->ek_len) && kat_matches(k, "dk", m.dk, p->dk_len));
}

static void check_encaps(const cl_mlkem_params *p, kat *k)
{
    material m;
    cleat_slice message = kat_bytes(k, "m");
    CU_ASSERT_EQUAL_FATAL(message.len, CL_MLKEM_MESSAGE);
    cleat_status st = cl_mlkem_encaps(p, &hashes, kat_bytes(k, "ek"), message.data, m.ct, m.shared);
    if (kat_is(k, "result", "invalid"))
        expect(k, st == CLEAT_E_KEX);
    else
        expect(k, st == CLEAT_OK && kat_matches(k, "c", m.ct, p->ct_len) && shared_is(k, &m));
}

static void check_decaps_of(const cl_mlkem_params *p, kat *k, cleat_slice dk)
{
    material m;
    cleat_slice c = kat_bytes(k, "c");
    cleat_status st = cl_mlkem_decaps(p, &hashes, dk, c, m.shared);
    if (kat_is(k, "result", "invalid"))
        expect(k,
               st == (dk.len == p->dk_len && c.len != p->ct_len ? CLEAT_E_KEX : CLEAT_E_BAD_CALL));
    else
        expect(k, st == CLEAT_OK && shared_is(k, &m));
}

static void check_decaps_dk(const cl_mlkem_params *p, kat *k)
{
    check_decaps_of(p, k, kat_bytes(k, "dk"));
}

static void check_decaps_seed(const cl_mlkem_params *p, kat *k)
{
    material m;
    cleat_slice seed = kat_bytes(k, "seed");
    CU_ASSERT_EQUAL_FATAL(seed.len, CL_MLKEM_SEED);
    CU_ASSERT_EQUAL(cl_mlkem_keygen(p, &hashes, seed.data, m.ek, m.dk), CLEAT_OK);
    if (kat_is(k, "result", "valid"))
        expect(k, kat_matches(k, "ek", m.ek, p->ek_len));
    check_decaps_of(p, k, cl_slice(m.dk, p->dk_len));
}

static void check_round_trip(const cl_mlkem_params *p, kat *k)
{
    check_encaps(p, k);
    check_decaps_dk(p, k);
}

/* Runs every vector of one kind through its check; there must be some. */
static void run(const char *test, void (*check)(const cl_mlkem_params *, kat *))
{
    for (size_t i = 0; i < SET_COUNT; i++) {
        size_t seen = 0;
        kat *k = kat_open(sets[i].file);
        CU_ASSERT_PTR_NOT_NULL_FATAL(k);
        while (kat_next(k)) {
            if (!kat_is(k, "test", test))
                continue;
            check(sets[i].params, k);
            seen++;
        }
        CU_ASSERT(seen > 0);
        kat_close(k);
    }
}

static void published_round_trips_are_reproduced(void)
{
    run("round-trip", check_round_trip);
}

static void published_keys_come_from_their_seeds(void)
{
    run("keygen", check_keygen);
}

static void published_encapsulations_are_reproduced_or_refused(void)
{
    run("encaps", check_encaps);
}

static void published_ciphertexts_give_their_secrets(void)
{
    run("decaps-seed", check_decaps_seed);
}

static void published_decapsulation_keys_work_or_are_refused(void)
{
    run("decaps-dk", check_decaps_dk);
}

static void make(const cl_mlkem_params *p, material *m)
{
    uint8_t seed[CL_MLKEM_SEED];
    for (size_t i = 0; i < sizeof seed; i++)
        seed[i] = (uint8_t)i;
    CU_ASSERT_EQUAL(cl_mlkem_keygen(p, &hashes, seed, m->ek, m->dk), CLEAT_OK);
    CU_ASSERT_EQUAL(cl_mlkem_encaps(p, &hashes, cl_slice(m->ek, p->ek_len), seed, m->ct, m->shared),
                    CLEAT_OK);
}

static void every_changed_ciphertext_byte_gives_another_secret(void)
{
    for (size_t i = 0; i < SET_COUNT; i++) {
        const cl_mlkem_params *p = sets[i].params;
        material m;
        uint8_t other[CL_MLKEM_SHARED];
        make(p, &m);
        for (size_t at = 0; at < p->ct_len; at += 31) {
            m.ct[at] ^= 0x10;
            CU_ASSERT_EQUAL(cl_mlkem_decaps(p, &hashes, cl_slice(m.dk, p->dk_len),
                                            cl_slice(m.ct, p->ct_len), other),
                            CLEAT_OK);
            CU_ASSERT_NOT_EQUAL(memcmp(other, m.shared, sizeof other), 0);
            m.ct[at] ^= 0x10;
        }
        CU_ASSERT_EQUAL(cl_mlkem_decaps(p, &hashes, cl_slice(m.dk, p->dk_len),
                                        cl_slice(m.ct, p->ct_len), other),
                        CLEAT_OK);
        CU_ASSERT_EQUAL(memcmp(other, m.shared, sizeof other), 0);
    }
}

static void wrong_lengths_are_refused(void)
{
    for (size_t i = 0; i < SET_COUNT; i++) {
        const cl_mlkem_params *p = sets[i].params;
        material m;
        make(p, &m);
        cleat_slice dk = cl_slice(m.dk, p->dk_len);
        cleat_slice ct = cl_slice(m.ct, p->ct_len);
        CU_ASSERT_EQUAL(cl_mlkem_encaps(p, &hashes, CL_SLICE_EMPTY, m.dk, m.ct, m.shared),
                        CLEAT_E_KEX);
        CU_ASSERT_EQUAL(cl_mlkem_decaps(p, &hashes, dk, cl_slice_cut(ct, 1, ct.len), m.shared),
                        CLEAT_E_KEX);
        CU_ASSERT_EQUAL(cl_mlkem_decaps(p, &hashes, dk, CL_SLICE_EMPTY, m.shared), CLEAT_E_KEX);
        CU_ASSERT_EQUAL(cl_mlkem_decaps(p, &hashes, cl_slice_cut(dk, 1, dk.len), ct, m.shared),
                        CLEAT_E_BAD_CALL);
    }
}

/* FIPS 203 §4.2.1 says what Compress is; the code gets there without a division. */
static void compression_rounds_to_the_nearest(void)
{
    static const unsigned widths[] = {1, 4, 5, 10, 11};
    for (size_t w = 0; w < sizeof widths / sizeof widths[0]; w++) {
        unsigned bits = widths[w];
        for (uint32_t c = 0; c < CL_MLKEM_Q; c++) {
            cl_mlkem_poly f = {{(int16_t)c}};
            uint8_t out[CL_MLKEM_POLY_LEN(11)];
            cl_mlkem_compress(out, &f, bits);
            uint32_t got = (out[0] | (uint32_t)out[1] << 8) & ((1u << bits) - 1);
            uint32_t nearest = ((2 * c << bits) + CL_MLKEM_Q) / (2 * CL_MLKEM_Q);
            CU_ASSERT_EQUAL(got, nearest & ((1u << bits) - 1));
        }
    }
}

void suite_mlkem(void)
{
    CU_pSuite s = CU_add_suite("mlkem", setup, teardown);
    CU_add_test(s, "published round trips are reproduced", published_round_trips_are_reproduced);
    CU_add_test(s, "published keys come from their seeds", published_keys_come_from_their_seeds);
    CU_add_test(s, "published encapsulations are reproduced or refused",
                published_encapsulations_are_reproduced_or_refused);
    CU_add_test(s, "published ciphertexts give their secrets",
                published_ciphertexts_give_their_secrets);
    CU_add_test(s, "published decapsulation keys work or are refused",
                published_decapsulation_keys_work_or_are_refused);
    CU_add_test(s, "every changed ciphertext byte gives another secret",
                every_changed_ciphertext_byte_gives_another_secret);
    CU_add_test(s, "wrong lengths are refused", wrong_lengths_are_refused);
    CU_add_test(s, "compression rounds to the nearest", compression_rounds_to_the_nearest);
}
