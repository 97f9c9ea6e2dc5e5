/* PROXY headers in pieces: how a header is cut makes no difference, and nothing beyond it is taken.
 */
#include "../loop/proxy_header.h"

#include "target.h"

#include <stdlib.h>
#include <string.h>

static cleat_status feed(proxy_header *h, const uint8_t *data, size_t size, size_t piece,
                         size_t *used)
{
    cleat_status st = CLEAT_PENDING;
    *h = (proxy_header){0};
    *used = 0;
    while (st == CLEAT_PENDING && *used < size) {
        size_t n = proxy_header_wants(h);
        if (n == 0)
            abort();
        n = n < piece ? n : piece;
        n = n < size - *used ? n : size - *used;
        st = proxy_header_take(h, (cleat_slice){data + *used, n});
        *used += n;
    }
    return st;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    proxy_header whole;
    proxy_header cut;
    size_t used;
    size_t used_cut;
    cleat_status st = feed(&whole, data, size, 512, &used);
    cleat_status st_cut = feed(&cut, data, size, 1, &used_cut);
    if (st != st_cut || (st == CLEAT_OK && (used != used_cut || proxy_header_wants(&whole) != 0 ||
                                            memcmp(&whole.ends, &cut.ends, sizeof cut.ends) != 0)))
        abort();
    return 0;
}
