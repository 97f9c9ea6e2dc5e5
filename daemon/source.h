/* Where clients come from: an address, or the block of addresses that PerSourceNetBlockSize makes
 * one source. */
#ifndef CLEATD_SOURCE_H
#define CLEATD_SOURCE_H

#include <cleat/types.h>

typedef struct source {
    uint8_t bytes[16];
    unsigned len; /* 4, 16, or 0 where there is no address */
} source;

/* block: "bits of IPv4", or "bits of IPv4:bits of IPv6"; the bits beyond are 0. */
source source_of(const char *address, const char *block);
bool source_equal(const source *a, const source *b);

#endif
