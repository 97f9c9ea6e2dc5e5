/* What every parser's target needs. */
#include "support_ctx.h"

#include <stdlib.h>

cleat_ctx *fuzz_ctx(void)
{
    static cleat_ctx *ctx;
    if (!ctx && cleat_ctx_new(&ctx, NULL) != CLEAT_OK)
        abort();
    return ctx;
}

cleat_key *fuzz_key(void)
{
    static const char text[] =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUW"
        "FxgZGhscHR4f";
    static cleat_key *key;
    if (!key &&
        cleat_key_read_public(&key, fuzz_ctx(), cleat_slice_of(text), NULL, NULL) != CLEAT_OK)
        abort();
    return key;
}
