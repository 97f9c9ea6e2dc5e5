/* What every parser's target needs. */
#ifndef FUZZ_SUPPORT_CTX_H
#define FUZZ_SUPPORT_CTX_H

#include <cleat/cert.h>

/* Made once, with a key and a certificate that lines may name. */
cleat_ctx *fuzz_ctx(void);
cleat_key *fuzz_key(void);
cleat_cert *fuzz_cert(void);

#endif
