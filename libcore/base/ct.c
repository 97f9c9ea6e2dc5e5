/* Constant-time comparison and certain wiping. */
#include "ct.h"

#include <openssl/crypto.h>

bool cl_ct_equal(const void *a, const void *b, size_t len)
{
    return CRYPTO_memcmp(a, b, len) == 0;
}

void cl_wipe(void *at, size_t len)
{
    if (len)
        OPENSSL_cleanse(at, len);
}
