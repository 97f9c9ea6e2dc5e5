/* Comparison, choice and encoding of secrets do not look at them. (Decoding has to: what is not
 * base64 is an error, and where it stops is seen.) */
#include "ct.h"

#include "base/alloc.h"
#include "base/base64.h"
#include "base/ct.h"
#include "base/slice.h"

static bool compare(uint8_t *a, uint8_t *b, size_t len)
{
    ct_secret(a, len);
    ct_secret(b, len);
    bool equal = cl_ct_equal(a, b, len);
    ct_public(&equal, sizeof equal);
    ct_public(a, len);
    ct_public(b, len);
    return equal;
}

static void comparison(void)
{
    for (size_t len = 1; len < 70; len++) {
        uint8_t a[70] = {1};
        uint8_t b[70] = {1};
        CT_REQUIRE(compare(a, b, len));
        b[len - 1] ^= 0x80;
        CT_REQUIRE(!compare(a, b, len));
        b[len - 1] ^= 0x80;
        b[0] ^= 1;
        CT_REQUIRE(!compare(a, b, len));
    }
}

/* The choice itself is the secret, as where a KEM rejects a ciphertext. */
static void choice(void)
{
    uint8_t yes[37];
    uint8_t no[37];
    memset(yes, 0xff, sizeof yes); /* no bit in common, so that every bit of the result is marked */
    memset(no, 0, sizeof no);
    for (uint8_t bit = 0; bit < 2; bit++) {
        uint8_t a = bit;
        uint8_t b = 1;
        uint8_t out[37];
        ct_secret(&a, 1);
        ct_secret(&b, 1);
        cl_ct_choose(out, yes, no, sizeof out, cl_ct_equal(&a, &b, 1));
        CT_REQUIRE_SECRET(out, sizeof out);
        ct_public(out, sizeof out);
        CT_REQUIRE(memcmp(out, bit ? yes : no, sizeof out) == 0);
    }
}

static void encoding(void)
{
    uint8_t key[50] = {0x00, 0x3f, 0xff, 0xfe, 'a'};
    cl_buf text = CL_BUF_SECRET(&cl_alloc_default);
    ct_secret(key, sizeof key);
    cl_base64_encode(&text, cl_slice(key, sizeof key), true);
    CT_REQUIRE(text.status == CLEAT_OK && text.len == 68);
    ct_public(text.data, text.len);
    CT_REQUIRE(cl_slice_starts(cl_buf_slice(&text), "AD///mEA"));
    cl_buf_free(&text);
}

int main(void)
{
    comparison();
    choice();
    encoding();
    return EXIT_SUCCESS;
}
