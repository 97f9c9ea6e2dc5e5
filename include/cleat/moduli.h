/* Making groups for Diffie-Hellman group exchange (RFC 4419): safe primes p = 2q + 1, of which q is
 * prime too. First numbers without small factors are sieved out, then each is tested, which takes
 * most of the time. Numbers are big-endian without leading zeros. */
#ifndef CLEAT_MODULI_H
#define CLEAT_MODULI_H

#include <cleat/bytes.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { CLEAT_MODULI_BITS_MIN = 512, CLEAT_MODULI_BITS_MAX = 16384 };

typedef struct cleat_sieve cleat_sieve;

typedef struct cleat_sieve_options {
    size_t struct_size; /* sizeof(cleat_sieve_options) */
    unsigned bits;      /* of the primes p */
    uint32_t window;    /* how many odd numbers to look at; 0: enough for a few primes */
    cleat_slice start;  /* the q to begin with, of one bit less than p; empty: a random one */
} cleat_sieve_options;

/* Sieves; this takes seconds and, for large windows, some of memory: a bit for each number.
 * CLEAT_E_BAD_CALL for a number of bits out of range, or a start that does not have as many. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sieve_new(cleat_sieve **out, cleat_ctx *ctx,
                                                      const cleat_sieve_options *options,
                                                      cleat_error *error);
CLEAT_API void cleat_sieve_free(cleat_sieve *sieve);

/* The next q that may make a group. CLEAT_E_EOF: there are no more. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sieve_next(cleat_sieve *sieve, cleat_bytes *q);

/* Whether q and p = 2q + 1 are prime, by at least that many rounds of Miller and Rabin's test each;
 * wrong by less than one in 4 to the power of rounds. *generator becomes the one that suits p: 2 or
 * 5, 0 where neither does; *p the prime. Where q or p is not prime *p is empty. Takes a second or
 * more for large primes, very little for most other numbers. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_moduli_test(cleat_bytes *p, unsigned *generator,
                                                        cleat_ctx *ctx, cleat_slice q,
                                                        unsigned rounds, cleat_error *error);

#ifdef __cplusplus
}
#endif
#endif
