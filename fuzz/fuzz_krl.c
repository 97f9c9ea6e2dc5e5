/* Key revocation lists, asked about a key and about a certificate. */
#include "support_ctx.h"

#include <cleat/store.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const cleat_slice file = {data, size};
    cleat_cert *cert = fuzz_cert();
    (void)cleat_key_is_revoked(fuzz_ctx(), file, fuzz_key(), NULL);
    (void)cleat_key_is_revoked(fuzz_ctx(), file, cleat_cert_key(cert), cert);
    return 0;
}
