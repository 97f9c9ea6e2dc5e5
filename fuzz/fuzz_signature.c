/* Signatures of security keys and of browsers: a byte that chooses the algorithm, the length of the
 * key's blob in two bytes, the blob, the signature. The message is fixed. */
#include "support_ctx.h"

static void verify(const cleat_key *key, const char *algorithm, cleat_slice signature)
{
    static const char message[] = "message";
    const cleat_slice text = {(const uint8_t *)message, sizeof message - 1};
    cleat_attestation said;
    if (cleat_key_verify(key, algorithm, text, signature, NULL) == CLEAT_OK)
        (void)cleat_signature_attests(signature, &said);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleat_key *key;
    if (size < 3)
        return 0;
    size_t len = (size_t)data[1] << 8 | data[2];
    if (len > size - 3)
        return 0;
    const cleat_slice blob = {data + 3, len};
    const cleat_slice signature = {data + 3 + len, size - 3 - len};
    if (cleat_key_from_blob(&key, fuzz_ctx(), blob, NULL) != CLEAT_OK)
        return 0;
    const char *algorithm = cleat_key_algorithm(key, data[0]);
    if (algorithm)
        verify(key, algorithm, signature);
    cleat_key_unref(key);
    return 0;
}
