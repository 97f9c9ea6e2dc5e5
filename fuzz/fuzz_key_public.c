/* Public keys: as a line of text, and as the blob that travels on the wire. */
#include "support_ctx.h"

static void use(cleat_key *key)
{
    char fingerprint[CLEAT_FINGERPRINT_MAX];
    cleat_bytes text = {0};
    cleat_status st = cleat_key_fingerprint(key, CLEAT_FINGERPRINT_SHA256, fingerprint);
    if (st == CLEAT_OK && cleat_key_write_public(key, &text) == CLEAT_OK)
        cleat_bytes_free(&text);
    cleat_key_unref(key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleat_key *key;
    const cleat_slice all = {data, size};
    if (cleat_key_read_public(&key, fuzz_ctx(), all, "fuzz", NULL) == CLEAT_OK)
        use(key);
    if (cleat_key_from_blob(&key, fuzz_ctx(), all, NULL) == CLEAT_OK)
        use(key);
    return 0;
}
