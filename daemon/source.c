/* Where clients come from. */
#include "source.h"

#include "check.h"

#include <string.h>
#include <uv.h>

static void keep_bits(source *s, unsigned bits)
{
    for (unsigned i = 0; i < s->len; i++) {
        unsigned kept = bits >= 8 ? 8 : bits;
        s->bytes[i] &= (uint8_t)(0xFF00u >> kept);
        bits -= kept;
    }
}

source source_of(const char *address, const char *block)
{
    source s = {.len = 0};
    unsigned v4 = 32;
    unsigned v6 = 128;
    (void)parse_block_size(block, &v4, &v6); /* checked when it was read */
    if (uv_inet_pton(AF_INET, address, s.bytes) == 0)
        s.len = 4;
    else if (uv_inet_pton(AF_INET6, address, s.bytes) == 0)
        s.len = 16;
    keep_bits(&s, s.len == 4 ? v4 : v6);
    return s;
}

bool source_equal(const source *a, const source *b)
{
    return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}
