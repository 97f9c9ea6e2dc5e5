/* Blowfish (Schneier, 1993) with the salted key schedule of bcrypt (Provos and Mazieres, 1999).
 * Its S-boxes are indexed by secrets. That is how bcrypt is, and it runs on the machine that knows
 * the passphrase; nothing else may use this. */
#include "blowfish.h"

#include "../wire/writer.h"

#include <string.h>

void cl_blowfish_init(cl_blowfish *b)
{
    memcpy(b->words, cl_blowfish_pi, sizeof b->words);
}

static inline uint32_t mix(const uint32_t *s, uint32_t x)
{
    uint32_t sum = s[x >> 24] + s[256 + (x >> 16 & 0xFF)];
    return (sum ^ s[512 + (x >> 8 & 0xFF)]) + s[768 + (x & 0xFF)];
}

void cl_blowfish_encrypt(const cl_blowfish *b, uint32_t block[2])
{
    const uint32_t *p = b->words;
    const uint32_t *s = b->words + CL_BLOWFISH_SUBKEYS;
    uint32_t left = block[0];
    uint32_t right = block[1];
    for (size_t i = 0; i < 16; i += 2) {
        left ^= p[i];
        right ^= mix(s, left);
        right ^= p[i + 1];
        left ^= mix(s, right);
    }
    block[0] = right ^ p[17];
    block[1] = left ^ p[16];
}

/* The next big endian word of an endlessly repeated string. */
static uint32_t next_word(const uint8_t *data, size_t len, size_t *at)
{
    uint32_t word = cl_load_u32(data + *at);
    *at = *at + 4 < len ? *at + 4 : 0;
    return word;
}

void cl_blowfish_expand(cl_blowfish *b, const uint8_t *salt, size_t salt_len, const uint8_t *key,
                        size_t key_len)
{
    size_t at = 0;
    for (size_t i = 0; i < CL_BLOWFISH_SUBKEYS; i++)
        b->words[i] ^= next_word(key, key_len, &at);
    at = 0;
    uint32_t chain[2] = {0, 0};
    for (size_t i = 0; i < CL_BLOWFISH_WORDS; i += 2) {
        if (salt_len) {
            chain[0] ^= next_word(salt, salt_len, &at);
            chain[1] ^= next_word(salt, salt_len, &at);
        }
        cl_blowfish_encrypt(b, chain);
        b->words[i] = chain[0];
        b->words[i + 1] = chain[1];
    }
}
