/* Key revocation lists that are read, written and read again: the second writing has the bytes of
 * the first. */
#include "support_ctx.h"

#include <cleat/krl.h>
#include <stdlib.h>
#include <string.h>

/* False for what is no list. */
static bool rewrite(cleat_slice file, cleat_bytes *out)
{
    cleat_krl *krl;
    *out = (cleat_bytes){0};
    if (cleat_krl_read(&krl, fuzz_ctx(), file, NULL) != CLEAT_OK)
        return false;
    bool written = cleat_krl_write(krl, 1, out) == CLEAT_OK;
    cleat_krl_free(krl);
    return written;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleat_bytes once;
    cleat_bytes twice;
    if (!rewrite((cleat_slice){data, size}, &once))
        return 0;
    if (!rewrite((cleat_slice){once.data, once.len}, &twice) || once.len != twice.len ||
        memcmp(once.data, twice.data, once.len) != 0)
        abort();
    cleat_bytes_free(&once);
    cleat_bytes_free(&twice);
    return 0;
}
