/* Packet ciphers and MACs against numbers that others made: see tests/kat. */
#include "alg/alg.h"
#include "alg/mac.h"
#include "base/alloc.h"
#include "base/slice.h"
#include "support/kat.h"
#include "wire/writer.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static cl_hashes hashes;
static const cl_env env = {.mem = &cl_alloc_default, .hashes = &hashes};

static int setup(void)
{
    return cl_hashes_init(&hashes, NULL) == CLEAT_OK ? 0 : 1;
}

static int teardown(void)
{
    cl_hashes_free(&hashes);
    return 0;
}

static uint32_t seq_of(kat *k)
{
    cleat_slice bytes = kat_bytes(k, "seq");
    return bytes.len == 4 ? cl_load_u32(bytes.data) : 0;
}

/* ---- ciphers ---- */

/* What the other direction does with a sealed packet must give the plaintext again. */
static void expect_opened(const cl_cipher_alg *alg, const cl_mac_alg *mac, kat *k,
                          cleat_slice mac_key, uint8_t *sealed, size_t sealed_len)
{
    cl_open *o = NULL;
    uint32_t length;
    cleat_slice plain = kat_bytes(k, "plain");
    CU_ASSERT_EQUAL_FATAL(
        alg->open_new(alg, mac, &env, kat_bytes(k, "key"), kat_bytes(k, "iv"), mac_key, &o),
        CLEAT_OK);
    CU_ASSERT_EQUAL(sealed_len, plain.len + o->tag_len);
    CU_ASSERT_EQUAL(o->ops->length(o, seq_of(k), sealed, &length), CLEAT_OK);
    CU_ASSERT_EQUAL(length, cl_load_u32(plain.data));
    CU_ASSERT_EQUAL(o->ops->open(o, seq_of(k), sealed, plain.len), CLEAT_OK);
    CU_ASSERT_EQUAL(memcmp(sealed + 4, plain.data + 4, plain.len - 4), 0);
    cl_open_free(o);
}

static void check_cipher(kat *k)
{
    static const uint8_t zeros[64];
    const cl_cipher_alg *alg = cl_cipher_find(cleat_slice_of(kat_text(k, "alg")));
    CU_ASSERT_PTR_NOT_NULL_FATAL(alg);
    const cl_mac_alg *mac = alg->tag_len ? NULL : cl_mac_find(cleat_slice_of("hmac-sha2-256"));
    cleat_slice mac_key = cl_slice(zeros, mac ? mac->key_len : 0);
    cleat_slice plain = kat_bytes(k, "plain");
    cleat_slice wanted = kat_bytes(k, "sealed");
    cl_seal *s = NULL;
    CU_ASSERT_EQUAL_FATAL(
        alg->seal_new(alg, mac, &env, kat_bytes(k, "key"), kat_bytes(k, "iv"), mac_key, &s),
        CLEAT_OK);
    size_t len = plain.len + s->tag_len;
    uint8_t *out = malloc(len);
    const cleat_slice parts[] = {cl_slice_cut(plain, 0, 5), cl_slice_cut(plain, 5, plain.len)};
    CU_ASSERT_EQUAL(s->ops->seal(s, seq_of(k), parts, 2, out), CLEAT_OK);
    CU_ASSERT_TRUE(wanted.len == (mac ? plain.len : len));
    CU_ASSERT_EQUAL(memcmp(out, wanted.data, wanted.len), 0);
    cl_seal_free(s);
    expect_opened(alg, mac, k, mac_key, out, len);
    free(out);
}

/* Every row of a registry must have occurred. */
static void ciphers_equal_published_ones(void)
{
    const cl_cipher_alg *row;
    kat *k = kat_open("ciphers.txt");
    CU_ASSERT_PTR_NOT_NULL_FATAL(k);
    bool seen[32] = {false};
    while (kat_next(k)) {
        check_cipher(k);
        for (size_t i = 0; (row = cl_cipher_at(i)) != NULL; i++)
            seen[i] = seen[i] || kat_is(k, "alg", row->name);
    }
    for (size_t i = 0; cl_cipher_at(i); i++)
        CU_ASSERT_TRUE(seen[i]);
    kat_close(k);
}

/* ---- MACs ---- */

static void check_mac(const cl_mac_alg *alg, kat *k)
{
    cl_mac m;
    uint8_t tag[CL_MAC_TAG_MAX];
    cleat_slice message = kat_bytes(k, "msg");
    cleat_slice wanted = kat_bytes(k, "tag");
    CU_ASSERT_EQUAL_FATAL(cl_mac_init(&m, alg, &env, kat_bytes(k, "key")), CLEAT_OK);
    for (int again = 0; again < 2; again++) {
        CU_ASSERT_EQUAL(cl_mac_make(&m, seq_of(k), &message, 1, tag), CLEAT_OK);
        CU_ASSERT_EQUAL_FATAL(wanted.len, alg->tag_len);
        CU_ASSERT_EQUAL(memcmp(tag, wanted.data, wanted.len), 0);
    }
    CU_ASSERT_EQUAL(cl_mac_check(&m, seq_of(k), message, tag), CLEAT_OK);
    tag[alg->tag_len - 1] ^= 1;
    CU_ASSERT_EQUAL(cl_mac_check(&m, seq_of(k), message, tag), CLEAT_E_MAC);
    cl_mac_free(&m);
}

/* The -etm rows are the same functions under other names. */
static bool is_row_of(const cl_mac_alg *row, const char *name)
{
    size_t len = strlen(name);
    return strncmp(row->name, name, len) == 0 &&
           (!row->name[len] || strcmp(row->name + len, "-etm@openssh.com") == 0);
}

static void hmacs_equal_published_ones(void)
{
    const cl_mac_alg *row;
    size_t checked[32] = {0};
    kat *k = kat_open("macs.txt");
    CU_ASSERT_PTR_NOT_NULL_FATAL(k);
    while (kat_next(k)) {
        for (size_t i = 0; (row = cl_mac_at(i)) != NULL; i++) {
            if (!is_row_of(row, kat_text(k, "alg")))
                continue;
            check_mac(row, k);
            checked[i]++;
        }
    }
    for (size_t i = 0; (row = cl_mac_at(i)) != NULL; i++)
        CU_ASSERT_TRUE(checked[i] > 0 || row->umac);
    kat_close(k);
}

void suite_cipher_kat(void)
{
    CU_pSuite s = CU_add_suite("cipher_kat", setup, teardown);
    CU_add_test(s, "ciphers equal published ones", ciphers_equal_published_ones);
    CU_add_test(s, "HMACs equal published ones", hmacs_equal_published_ones);
}
