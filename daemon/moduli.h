/* ModuliFile: groups for Diffie-Hellman group exchange, as ssh-keygen -M makes them (moduli(5)). */
#ifndef CLEATD_MODULI_H
#define CLEATD_MODULI_H

#include <cleat/types.h>

enum { MODULI_BYTES_MAX = 2048 };

typedef struct moduli_group {
    uint8_t prime[MODULI_BYTES_MAX];
    size_t len;
    unsigned generator;
} moduli_group;

typedef struct moduli_sizes {
    uint32_t min, preferred, max; /* bits */
} moduli_sizes;

/* One of the file's groups of the size that fits best, by chance. False when there is none, or no
 * file. */
bool moduli_pick(moduli_group *out, const char *path, const moduli_sizes *sizes);

#endif
