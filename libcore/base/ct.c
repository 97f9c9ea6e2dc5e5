/* Constant-time comparison and certain wiping. */
#include "ct.h"

#include <openssl/crypto.h>

bool cl_ct_equal(const void *a, const void *b, size_t len)
{
    return CRYPTO_memcmp(a, b, len) == 0;
}

void cl_ct_choose(uint8_t *out, const uint8_t *yes, const uint8_t *no, size_t len, bool which)
{
    /* volatile, so that the compiler cannot know that the mask has two values and branch on it */
    volatile uint8_t hidden = (uint8_t)(0 - (unsigned)which);
    uint8_t mask = hidden;
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)((yes[i] & mask) | (no[i] & ~mask));
}

void cl_wipe(void *at, size_t len)
{
    if (len)
        OPENSSL_cleanse(at, len);
}
