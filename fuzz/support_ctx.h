/* What every parser's target needs. */
#ifndef FUZZ_SUPPORT_CTX_H
#define FUZZ_SUPPORT_CTX_H

#include <cleat/key.h>

/* Made once, and a key that lines may name. */
cleat_ctx *fuzz_ctx(void);
cleat_key *fuzz_key(void);

#endif
