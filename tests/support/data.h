/* Files of tests/data, and a context to use them with. */
#ifndef TESTS_SUPPORT_DATA_H
#define TESTS_SUPPORT_DATA_H

#include <cleat/ctx.h>

/* The content of tests/data/FILE, with a final zero that len does not count; empty (and a failed
 * assertion) when it cannot be read. Free data with free(). */
cleat_slice data_read(const char *file);

/* A context with everything at its default; a failed fatal assertion without one. */
cleat_ctx *data_ctx(void);

/* What a file is encrypted with is there: Argon2 for one with "argon2" in its name, OpenSSL's
 * legacy provider for "rc2", "_des" and "old". True for all other files. */
bool data_can_unlock(const char *file);

#endif
