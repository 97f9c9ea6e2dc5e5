/* SSHSIG signatures, armoured and not: read, and verified when they can be. */
#include "support_ctx.h"

#include <cleat/sshsig.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t digest[64];
    cleat_sshsig *sig = NULL;
    cleat_status st = cleat_sshsig_read(&sig, fuzz_ctx(), (cleat_slice){data, size}, NULL);
    if (st == CLEAT_OK)
        st = cleat_sshsig_verify(sig, "file", (cleat_slice){digest, sizeof digest}, 0, NULL);
    if (st == CLEAT_OK)
        abort(); /* nobody has signed the digest of zeros */
    cleat_sshsig_free(sig);
    return 0;
}
