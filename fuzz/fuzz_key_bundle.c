/* Files with several keys and certificates, PKCS#12 among them. */
#include "support_ctx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleat_key_bundle *bundle;
    const cleat_slice file = {data, size};
    if (cleat_key_bundle_read(&bundle, fuzz_ctx(), file, "pass", "fuzz", NULL) != CLEAT_OK)
        return 0;
    for (size_t i = 0; i < cleat_key_bundle_count(bundle); i++) {
        const cleat_key_item *item = cleat_key_bundle_item(bundle, i);
        cleat_bytes line = {0};
        if (item->key && cleat_key_write_public(item->key, &line) == CLEAT_OK)
            cleat_bytes_free(&line);
    }
    cleat_key_bundle_free(bundle);
    return 0;
}
