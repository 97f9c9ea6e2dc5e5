/* UMAC's time depends on lengths only, not on key, nonce or message; nor does the comparison of its
 * tag. */
#include "ct.h"

#include "alg/umac.h"
#include "base/alloc.h"
#include "base/ct.h"
#include "base/slice.h"

#include <string.h>

static const cl_env env = {.mem = &cl_alloc_default};

/* Long enough for every layer: chunks of 1024 bytes, the polynomial, the rest that is filled up. */
static void tag_of(size_t len, size_t tag_len)
{
    static uint8_t message[5000];
    uint8_t key[CL_UMAC_KEY_LEN] = "sixteen letters";
    uint8_t nonce[CL_UMAC_NONCE_LEN] = {1};
    uint8_t tag[16];
    uint8_t again[16];
    cl_umac_state *state;
    ct_secret(key, sizeof key);
    ct_secret(message, sizeof message);
    CT_REQUIRE(cl_umac_new(&env, key, tag_len, &state) == CLEAT_OK);
    const cleat_slice parts[] = {cl_slice(message, len / 3),
                                 cl_slice(message + len / 3, len - len / 3)};
    CT_REQUIRE(cl_umac(state, nonce, parts, 2, tag) == CLEAT_OK);
    CT_REQUIRE(cl_umac(state, nonce, parts, 2, again) == CLEAT_OK);
    CT_REQUIRE_SECRET(tag, tag_len);
    bool equal = cl_ct_equal(tag, again, tag_len);
    ct_public(&equal, sizeof equal);
    CT_REQUIRE(equal);
    cl_umac_free(state);
}

int main(void)
{
    static const size_t lengths[] = {0, 1, 31, 32, 1024, 1025, 5000};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        tag_of(lengths[i], 8);
        tag_of(lengths[i], 16);
    }
    return EXIT_SUCCESS;
}
