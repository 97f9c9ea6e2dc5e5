/* Reads test vectors from text: lines "key = value", values mostly hexadecimal, '#' for comments,
 * records separated by blank lines. */
#ifndef TESTS_SUPPORT_KAT_H
#define TESTS_SUPPORT_KAT_H

#include <cleat/types.h>

typedef struct kat kat;

/* A file of tests/kat, found under CLEAT_KAT_DIR. NULL when it cannot be read. */
kat *kat_open(const char *file);

/* Steps to the next record; false after the last one. */
bool kat_next(kat *k);

/* The current record's value as text, NULL when it has no such key. Valid until kat_next. */
const char *kat_text(const kat *k, const char *key);

bool kat_is(const kat *k, const char *key, const char *text);

/* The value decoded from hexadecimal. Empty when the key is absent or the text is not
 * hexadecimal. Valid until kat_next. */
cleat_slice kat_bytes(kat *k, const char *key);

/* True when the data equals the value of `key` or, for long values that are kept as their
 * SHA-256, hashes to the value of `key`-sha256. False when there is neither. */
bool kat_matches(kat *k, const char *key, const void *data, size_t len);

/* NULL is fine. */
void kat_close(kat *k);

#endif
