/* UMAC against RFC 4418's appendix and against tags made with Nettle 3.8. */
#include "alg/umac.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "wire/writer.h"

#include <CUnit/CUnit.h>
#include <openssl/evp.h>
#include <string.h>

void suite_umac(void);

static const cl_env env = {.mem = &cl_alloc_default};
static const uint8_t key[16] = {'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h',
                                'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p'};
static const uint8_t nonce[8] = {'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'};

/* The 64-bit column and the first 96 bits of the other are RFC 4418's (with its errata); the RFC
 * has no 128-bit column, the last word is Nettle's. The next-nonce column is Nettle's too. */
static const struct vector {
    const char *unit;
    size_t repeat;
    const char *tag64, *tag128, *tag64_next_nonce;
} vectors[] = {
    {"a", 0, "6e155fad26900be1", "32fedb100c79ad58f07ff7643cc60465", "75d0a86724b20120"},
    {"a", 3, "44b5cb542f220104", "185e4fe905cba7bd85e4c2dc3d117d8d", "5f703c9e2d000bc5"},
    {"a", 1 << 10, "26bf2f5d60118bd9", "7a54abe04af82d60fb298c3cbd195bcb", "3d7ad89762338118"},
    {"a", 1 << 11, "0e2f59636fc3bf03", "52c4ddde452a19ba63b1c4da6f9068b9", "15eaaea96de1b5c2"},
    {"a", 1 << 15, "27f8ef643b0d118d", "7b136bd911e4b734286ef2be501f2c3c", "3c3d18ae392f1b4c"},
    {"a", 1 << 20, "a4477e87e9f55853", "f8acfa3ac31cfeea047f7b115b03bef5", "bf82894debd75292"},
    {"abc", 1, "d4d7b9f6bd4fbfcf", "883c3d4b97a61976ffcf232308cba5a5", "cf124e3cbf6db50e"},
    {"abc", 500, "d4cf26ddefd5c01a", "8824a260c53c66a36c9260a62cb83aa1", "cf0ad117edf7cadb"},
};

static void check(const uint8_t *with_nonce, const cleat_slice *parts, size_t count,
                  const char *expected)
{
    cl_umac_state *state = NULL;
    uint8_t tag[16];
    cl_buf hex = CL_BUF(&cl_alloc_default);
    size_t tag_len = strlen(expected) / 2;
    CU_ASSERT_EQUAL_FATAL(cl_umac_new(&env, key, tag_len, &state), CLEAT_OK);
    CU_ASSERT_EQUAL(cl_umac(state, with_nonce, parts, count, tag), CLEAT_OK);
    for (size_t i = 0; i < tag_len; i++)
        cl_buf_printf(&hex, "%02x", tag[i]);
    CU_ASSERT_STRING_EQUAL(cl_buf_text(&hex), expected);
    cl_buf_free(&hex);
    cl_umac_free(state);
}

static void tags_equal_published_ones(void)
{
    static const uint8_t next_nonce[8] = {'b', 'c', 'd', 'e', 'f', 'g', 'h', 'j'};
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        const struct vector *v = &vectors[i];
        cl_buf message = CL_BUF(&cl_alloc_default);
        for (size_t n = 0; n < v->repeat; n++)
            cl_buf_add_text(&message, v->unit);
        cleat_slice whole = cl_buf_slice(&message);
        check(nonce, &whole, 1, v->tag64);
        check(nonce, &whole, 1, v->tag128);
        check(next_nonce, &whole, 1, v->tag64_next_nonce);
        cl_buf_free(&message);
    }
}

static void parts_make_no_difference(void)
{
    cl_buf message = CL_BUF(&cl_alloc_default);
    for (size_t n = 0; n < 500; n++)
        cl_buf_add_text(&message, "abc");
    cleat_slice whole = cl_buf_slice(&message);
    for (size_t cut = 0; cut <= whole.len; cut++) {
        size_t later = cut + (whole.len - cut) / 3;
        const cleat_slice parts[] = {
            cl_slice_cut(whole, 0, cut),
            CL_SLICE_EMPTY,
            cl_slice_cut(whole, cut, later),
            cl_slice_cut(whole, later, whole.len),
        };
        check(nonce, parts, 4, "8824a260c53c66a36c9260a62cb83aa1");
    }
    cl_buf_free(&message);
}

/* NH's key is AES in counter mode; a message that cancels it gives any chunk hash we like. */
static void cancel_nh_key(uint8_t message[1024], const uint32_t wanted[8])
{
    uint8_t counters[1024] = {0};
    for (size_t i = 0; i < 64; i++) {
        counters[16 * i + 7] = 1;
        counters[16 * i + 15] = (uint8_t)(i + 1);
    }
    EVP_CIPHER_CTX *aes = EVP_CIPHER_CTX_new();
    int len = 0;
    CU_ASSERT(EVP_EncryptInit_ex2(aes, EVP_aes_128_ecb(), key, NULL, NULL));
    CU_ASSERT(EVP_EncryptUpdate(aes, counters, &len, counters, sizeof counters));
    EVP_CIPHER_CTX_free(aes);
    for (size_t i = 0; i < 256; i++) {
        uint32_t word = (i < 8 ? wanted[i] : 0) - cl_load_u32(counters + 4 * i);
        for (size_t j = 0; j < 4; j++)
            message[4 * i + j] = (uint8_t)(word >> (8 * j));
    }
}

static void chunk_hash_beyond_the_word_range_is_marked(void)
{
    /* (2^32 - 1)^2 + (2^32 - 1) + 77 + 8192 lies above 2^64 - 2^32: RFC 4418 §5.3.3's marker. */
    static const uint32_t wanted[8] = {UINT32_MAX, UINT32_MAX, 77, 0, UINT32_MAX, 1, 1, 0};
    uint8_t message[1025];
    cancel_nh_key(message, wanted);
    message[1024] = 'x';
    cleat_slice whole = cl_slice(message, sizeof message);
    check(nonce, &whole, 1, "2f6973748101caa9");
    check(nonce, &whole, 1, "7382f7c9abe86c10c04a7a92f0924932");
}

static void limits_are_kept(void)
{
    cl_umac_state *state = NULL;
    uint8_t tag[8];
    static const uint8_t zeros[4096];
    cleat_slice parts[CL_UMAC_MESSAGE_MAX / sizeof zeros + 1];
    size_t count = sizeof parts / sizeof parts[0];
    for (size_t i = 0; i < count; i++)
        parts[i] = cl_slice(zeros, sizeof zeros);
    CU_ASSERT_EQUAL(cl_umac_new(&env, key, 12, &state), CLEAT_E_BAD_CALL);
    CU_ASSERT_PTR_NULL(state);
    CU_ASSERT_EQUAL_FATAL(cl_umac_new(&env, key, 8, &state), CLEAT_OK);
    CU_ASSERT_EQUAL(cl_umac(state, nonce, parts, count, tag), CLEAT_E_LIMIT);
    CU_ASSERT_EQUAL(cl_umac(state, nonce, parts, count - 1, tag), CLEAT_OK);
    cl_umac_free(state);
    cl_umac_free(NULL);
}

void suite_umac(void)
{
    CU_pSuite s = CU_add_suite("umac", NULL, NULL);
    CU_add_test(s, "tags equal published ones", tags_equal_published_ones);
    CU_add_test(s, "parts make no difference", parts_make_no_difference);
    CU_add_test(s, "chunk hash beyond the word range is marked",
                chunk_hash_beyond_the_word_range_is_marked);
    CU_add_test(s, "limits are kept", limits_are_kept);
}
