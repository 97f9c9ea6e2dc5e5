/* sntrup761 against a published decapsulation, its arithmetic against the textbook, and what it
 * must refuse. */
#include "../../libcore/alg/sntrup761.h"
#include "../../libcore/alg/sntrup761_encode.h"
#include "../../libcore/alg/sntrup761_invert.h"
#include "../../libcore/alg/sntrup761_sample.h"
#include "../../libcore/base/slice.h"
#include "../support/kat.h"

#include <CUnit/CUnit.h>
#include <stdio.h>

#define P CL_SNTRUP_P
#define Q CL_SNTRUP_Q

static cl_hashes hashes;

/* SHAKE would do as well; a linear congruence is shorter and good enough to vary the inputs. */
typedef struct source {
    uint64_t state;
    int calls_left; /* then it fails */
} source;

static cleat_status next_bytes(void *user, uint8_t *out, size_t len)
{
    source *s = user;
    if (s->calls_left-- <= 0)
        return CLEAT_E_IO;
    for (size_t i = 0; i < len; i++) {
        s->state = s->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        out[i] = (uint8_t)(s->state >> 56);
    }
    return CLEAT_OK;
}

static cleat_random random_of(source *s)
{
    return (cleat_random){.struct_size = sizeof(cleat_random), .user = s, .fill = next_bytes};
}

static int setup(void)
{
    return cl_hashes_init(&hashes, NULL) == CLEAT_OK ? 0 : 1;
}

static int teardown(void)
{
    cl_hashes_free(&hashes);
    return 0;
}

typedef struct material {
    uint8_t pk[CL_SNTRUP761_PK], sk[CL_SNTRUP761_SK], ct[CL_SNTRUP761_CT];
    uint8_t shared[CL_SNTRUP761_SHARED], again[CL_SNTRUP761_SHARED];
} material;

static void make(material *m, uint64_t seed)
{
    source s = {seed, 100};
    cleat_random random = random_of(&s);
    CU_ASSERT_EQUAL(cl_sntrup761_keygen(&random, &hashes, m->pk, m->sk), CLEAT_OK);
    CU_ASSERT_EQUAL(
        cl_sntrup761_encaps(&random, &hashes, cl_slice(m->pk, sizeof m->pk), m->ct, m->shared),
        CLEAT_OK);
}

static bool agree(material *m)
{
    CU_ASSERT_EQUAL(cl_sntrup761_decaps(&hashes, cl_slice(m->sk, sizeof m->sk),
                                        cl_slice(m->ct, sizeof m->ct), m->again),
                    CLEAT_OK);
    return memcmp(m->shared, m->again, sizeof m->shared) == 0;
}

static void published_ciphertext_gives_its_secret(void)
{
    size_t seen = 0;
    kat *k = kat_open("sntrup761.txt");
    CU_ASSERT_PTR_NOT_NULL_FATAL(k);
    while (kat_next(k)) {
        uint8_t shared[CL_SNTRUP761_SHARED];
        CU_ASSERT_EQUAL(
            cl_sntrup761_decaps(&hashes, kat_bytes(k, "sk"), kat_bytes(k, "ct"), shared), CLEAT_OK);
        CU_ASSERT(kat_matches(k, "ss", shared, sizeof shared));
        seen++;
    }
    CU_ASSERT(seen > 0);
    kat_close(k);
}

static void both_sides_agree(void)
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        material m;
        make(&m, seed);
        CU_ASSERT(agree(&m));
    }
}

static void every_changed_ciphertext_byte_gives_another_secret(void)
{
    material m;
    make(&m, 99);
    for (size_t at = 0; at < sizeof m.ct; at += 23) {
        m.ct[at] ^= 0x04;
        CU_ASSERT_FALSE(agree(&m));
        m.ct[at] ^= 0x04;
    }
    CU_ASSERT(agree(&m));
}

/* Whatever a peer sends as a key or a ciphertext is computed with, out-of-range numbers too. */
static void any_bytes_are_computed_with(void)
{
    static const uint8_t fills[] = {0x00, 0x7f, 0xff};
    material m;
    make(&m, 7);
    for (size_t i = 0; i < sizeof fills; i++) {
        source s = {i, 100};
        cleat_random random = random_of(&s);
        memset(m.ct, fills[i], sizeof m.ct);
        CU_ASSERT_FALSE(agree(&m));
        memset(m.pk, fills[i], sizeof m.pk);
        CU_ASSERT_EQUAL(
            cl_sntrup761_encaps(&random, &hashes, cl_slice(m.pk, sizeof m.pk), m.ct, m.shared),
            CLEAT_OK);
        CU_ASSERT_FALSE(agree(&m));
    }
}

static void wrong_lengths_are_refused(void)
{
    material m;
    source s = {1, 100};
    cleat_random random = random_of(&s);
    make(&m, 5);
    cleat_slice pk = cl_slice(m.pk, sizeof m.pk - 1);
    cleat_slice sk = cl_slice(m.sk, sizeof m.sk);
    cleat_slice ct = cl_slice(m.ct, sizeof m.ct);
    CU_ASSERT_EQUAL(cl_sntrup761_encaps(&random, &hashes, pk, m.ct, m.shared), CLEAT_E_KEX);
    CU_ASSERT_EQUAL(cl_sntrup761_encaps(&random, &hashes, CL_SLICE_EMPTY, m.ct, m.shared),
                    CLEAT_E_KEX);
    CU_ASSERT_EQUAL(cl_sntrup761_decaps(&hashes, sk, cl_slice_cut(ct, 1, ct.len), m.shared),
                    CLEAT_E_KEX);
    CU_ASSERT_EQUAL(cl_sntrup761_decaps(&hashes, cl_slice_cut(sk, 1, sk.len), ct, m.shared),
                    CLEAT_E_BAD_CALL);
}

static void failing_random_source_is_reported(void)
{
    material m;
    make(&m, 3);
    for (int calls = 0; calls < 3; calls++) {
        source s = {1, calls};
        cleat_random random = random_of(&s);
        CU_ASSERT_EQUAL(cl_sntrup761_keygen(&random, &hashes, m.pk, m.sk), CLEAT_E_RANDOM);
    }
    source empty = {1, 0};
    cleat_random random = random_of(&empty);
    CU_ASSERT_EQUAL(
        cl_sntrup761_encaps(&random, &hashes, cl_slice(m.pk, sizeof m.pk), m.ct, m.shared),
        CLEAT_E_RANDOM);
}

/* ---- Arithmetic ---------------------------------------------------------------------------- */

static void draw_any(source *s, cl_sntrup_poly *f)
{
    *f = (cl_sntrup_poly){0};
    for (size_t i = 0; i < P; i++) {
        uint8_t bytes[2] = {0};
        CU_ASSERT_EQUAL(next_bytes(s, bytes, 2), CLEAT_OK);
        f->c[i] = (int16_t)((bytes[0] | bytes[1] << 8) % Q - CL_SNTRUP_Q_HALF);
    }
}

static void textbook_product(cl_sntrup_poly *out, const cl_sntrup_poly *a, const cl_sntrup_poly *b)
{
    static int32_t sum[2 * P];
    memset(sum, 0, sizeof sum);
    for (size_t i = 0; i < P; i++) {
        for (size_t j = 0; j < P; j++)
            sum[i + j] += a->c[i] * b->c[j];
    }
    *out = (cl_sntrup_poly){0};
    for (size_t i = 2 * P - 2; i >= P; i--) {
        sum[i - P] += sum[i];
        sum[i - P + 1] += sum[i];
    }
    for (size_t i = 0; i < P; i++) {
        int32_t rest = (sum[i] % Q + Q) % Q;
        out->c[i] = (int16_t)(rest > CL_SNTRUP_Q_HALF ? rest - Q : rest);
    }
}

static void product_is_the_textbook_one(void)
{
    source s = {11, 1000000};
    cleat_random random = random_of(&s);
    for (int round = 0; round < 5; round++) {
        cl_sntrup_poly a, small, wanted, got;
        draw_any(&s, &a);
        CU_ASSERT_EQUAL(cl_sntrup_sample_small(&random, &small), CLEAT_OK);
        textbook_product(&wanted, &a, &small);
        cl_sntrup_mul(&got, &a, &small);
        CU_ASSERT_EQUAL(memcmp(&wanted, &got, sizeof got), 0);
    }
}

/* The largest sums that can occur must not wrap. */
static void product_of_extremes_is_the_textbook_one(void)
{
    for (int sign = -1; sign <= 1; sign += 2) {
        cl_sntrup_poly a = {0}, small = {0}, wanted, got;
        for (size_t i = 0; i < P; i++) {
            a.c[i] = (int16_t)(sign * CL_SNTRUP_Q_HALF);
            small.c[i] = 1;
        }
        textbook_product(&wanted, &a, &small);
        cl_sntrup_mul(&got, &a, &small);
        CU_ASSERT_EQUAL(memcmp(&wanted, &got, sizeof got), 0);
    }
}

static bool is_one(const cl_sntrup_poly *f)
{
    const cl_sntrup_poly one = {{1}};
    return memcmp(f, &one, sizeof one) == 0;
}

static void reciprocals_times_input_are_one(void)
{
    source s = {12, 1000};
    cleat_random random = random_of(&s);
    for (int round = 0; round < 20; round++) {
        cl_sntrup_poly f, reciprocal, product;
        CU_ASSERT_EQUAL(cl_sntrup_sample_small(&random, &f), CLEAT_OK);
        if (cl_sntrup_invert_3(&reciprocal, &f)) {
            cl_sntrup_mul(&product, &reciprocal, &f);
            cl_sntrup_mod_3(&product);
            CU_ASSERT(is_one(&product));
        }
        CU_ASSERT_EQUAL(cl_sntrup_sample_short(&random, &f), CLEAT_OK);
        cl_sntrup_invert_q(&reciprocal, &f);
        cl_sntrup_mul(&product, &reciprocal, &f);
        cl_sntrup_triple(&product);
        CU_ASSERT(is_one(&product));
    }
}

static void zero_and_constants_invert_as_they_must(void)
{
    cl_sntrup_poly f = {0}, reciprocal;
    CU_ASSERT_FALSE(cl_sntrup_invert_3(&reciprocal, &f));
    f.c[0] = -1;
    CU_ASSERT(cl_sntrup_invert_3(&reciprocal, &f));
    CU_ASSERT_EQUAL(memcmp(&reciprocal, &f, sizeof f), 0);
    cl_sntrup_invert_q(&reciprocal, &f);
    CU_ASSERT_EQUAL(reciprocal.c[0], 1530); /* -1/3 */
}

/* x^761 - x - 1 has a factor of degree 19 modulo 3: its multiples have no reciprocal in R/3. */
static void multiple_of_a_factor_has_no_reciprocal(void)
{
    cl_sntrup_poly factor = {0}, reciprocal;
    static const int8_t coefficients[] = {1, 1, 0,  1,  1,  1,  -1, 1, -1, 1,
                                          0, 1, -1, -1, -1, -1, 1,  0, -1, -1};
    for (size_t i = 0; i < sizeof coefficients; i++)
        factor.c[i] = coefficients[i];
    CU_ASSERT_FALSE(cl_sntrup_invert_3(&reciprocal, &factor));
}

static void rounding_and_residues_fit_together(void)
{
    for (int x = -CL_SNTRUP_Q_HALF; x <= CL_SNTRUP_Q_HALF; x++) {
        cl_sntrup_poly rounded = {{(int16_t)x}};
        cl_sntrup_poly residue = rounded;
        cl_sntrup_round(&rounded);
        cl_sntrup_mod_3(&residue);
        CU_ASSERT_EQUAL(rounded.c[0] % 3, 0);
        CU_ASSERT(residue.c[0] >= -1 && residue.c[0] <= 1);
        CU_ASSERT_EQUAL(rounded.c[0] + residue.c[0], x);
    }
}

static void encodings_are_undone_by_decoding(void)
{
    source s = {13, 1000000};
    for (int round = 0; round < 10; round++) {
        cl_sntrup_poly f, back;
        uint8_t bytes[CL_SNTRUP_RQ_LEN];
        draw_any(&s, &f);
        cl_sntrup_encode_rq(bytes, &f);
        cl_sntrup_decode_rq(&back, bytes);
        CU_ASSERT_EQUAL(memcmp(&f, &back, sizeof f), 0);
        cl_sntrup_round(&f);
        cl_sntrup_encode_rounded(bytes, &f);
        cl_sntrup_decode_rounded(&back, bytes);
        CU_ASSERT_EQUAL(memcmp(&f, &back, sizeof f), 0);
        cl_sntrup_mod_3(&f);
        cl_sntrup_encode_small(bytes, &f);
        cl_sntrup_decode_small(&back, bytes);
        CU_ASSERT_EQUAL(memcmp(&f, &back, sizeof f), 0);
    }
}

static void decoded_numbers_are_always_in_range(void)
{
    source s = {14, 1000};
    for (int round = 0; round < 50; round++) {
        cl_sntrup_poly f;
        uint8_t bytes[CL_SNTRUP_RQ_LEN];
        CU_ASSERT_EQUAL(next_bytes(&s, bytes, sizeof bytes), CLEAT_OK);
        memset(bytes + sizeof bytes - round, 0xff, (size_t)round);
        cl_sntrup_decode_rq(&f, bytes);
        for (size_t i = 0; i < P; i++)
            CU_ASSERT(f.c[i] >= -CL_SNTRUP_Q_HALF && f.c[i] <= CL_SNTRUP_Q_HALF);
    }
}

static void short_polynomials_have_their_weight_everywhere(void)
{
    enum { ROUNDS = 200 };
    source s = {15, 1000};
    cleat_random random = random_of(&s);
    unsigned used[P] = {0};
    for (int round = 0; round < ROUNDS; round++) {
        cl_sntrup_poly f;
        unsigned weight = 0;
        CU_ASSERT_EQUAL(cl_sntrup_sample_short(&random, &f), CLEAT_OK);
        for (size_t i = 0; i < P; i++) {
            CU_ASSERT(f.c[i] >= -1 && f.c[i] <= 1);
            weight += f.c[i] != 0;
            used[i] += f.c[i] != 0;
        }
        CU_ASSERT_EQUAL(weight, CL_SNTRUP_W);
    }
    /* 75 expected, standard deviation 6.9. */
    for (size_t i = 0; i < P; i++)
        CU_ASSERT(used[i] > 35 && used[i] < 115);
}

void suite_sntrup761(void)
{
    CU_pSuite s = CU_add_suite("sntrup761", setup, teardown);
    CU_add_test(s, "published ciphertext gives its secret", published_ciphertext_gives_its_secret);
    CU_add_test(s, "both sides agree", both_sides_agree);
    CU_add_test(s, "every changed ciphertext byte gives another secret",
                every_changed_ciphertext_byte_gives_another_secret);
    CU_add_test(s, "any bytes are computed with", any_bytes_are_computed_with);
    CU_add_test(s, "wrong lengths are refused", wrong_lengths_are_refused);
    CU_add_test(s, "failing random source is reported", failing_random_source_is_reported);
    CU_add_test(s, "product is the textbook one", product_is_the_textbook_one);
    CU_add_test(s, "product of extremes is the textbook one",
                product_of_extremes_is_the_textbook_one);
    CU_add_test(s, "reciprocals times input are one", reciprocals_times_input_are_one);
    CU_add_test(s, "zero and constants invert as they must",
                zero_and_constants_invert_as_they_must);
    CU_add_test(s, "multiple of a factor has no reciprocal",
                multiple_of_a_factor_has_no_reciprocal);
    CU_add_test(s, "rounding and residues fit together", rounding_and_residues_fit_together);
    CU_add_test(s, "encodings are undone by decoding", encodings_are_undone_by_decoding);
    CU_add_test(s, "decoded numbers are always in range", decoded_numbers_are_always_in_range);
    CU_add_test(s, "short polynomials have their weight everywhere",
                short_polynomials_have_their_weight_everywhere);
}
