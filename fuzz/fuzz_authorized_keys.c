/* authorized_keys, with every option. */
#include "support_ctx.h"

#include <cleat/store.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const cleat_key_peer peer = {.address = "192.0.2.7", .now = 1700000000};
    cleat_key_options options = {0};
    cleat_bytes problems = {0};
    cleat_status st = cleat_authorized_keys_find(fuzz_ctx(), (cleat_slice){data, size}, "fuzz",
                                                 fuzz_key(), &peer, &options, &problems);
    (void)st;
    cleat_key_options_free(&options);
    cleat_bytes_free(&problems);
    return 0;
}
