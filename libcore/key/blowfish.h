/* Blowfish's key schedule and block function, as bcrypt needs them: OpenSSL 3 has the cipher only
 * in its legacy provider, and the salted schedule not at all. */
#ifndef CL_KEY_BLOWFISH_H
#define CL_KEY_BLOWFISH_H

#include <stddef.h>
#include <stdint.h>

enum { CL_BLOWFISH_SUBKEYS = 18, CL_BLOWFISH_WORDS = CL_BLOWFISH_SUBKEYS + 4 * 256 };

extern const uint32_t cl_blowfish_pi[CL_BLOWFISH_WORDS];

/* Subkeys, then the four S-boxes. */
typedef struct cl_blowfish {
    uint32_t words[CL_BLOWFISH_WORDS];
} cl_blowfish;

void cl_blowfish_init(cl_blowfish *b);

/* One run of the key schedule. With a salt (salt_len > 0) its words are mixed into the chain that
 * replaces the tables. Lengths are multiples of 4; key_len is not 0. */
void cl_blowfish_expand(cl_blowfish *b, const uint8_t *salt, size_t salt_len, const uint8_t *key,
                        size_t key_len);

/* Encrypts one block of two words in place. */
void cl_blowfish_encrypt(const cl_blowfish *b, uint32_t block[2]);

#endif
