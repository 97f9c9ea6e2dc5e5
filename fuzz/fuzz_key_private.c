/* Private key files of every format, without a passphrase and with a short one. */
#include "support_ctx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const passphrases[] = {NULL, "x"};
    cleat_error error = {0};
    for (size_t i = 0; i < 2; i++) {
        cleat_key *key = NULL;
        if (cleat_key_read_private(&key, fuzz_ctx(), (cleat_slice){data, size}, passphrases[i],
                                   "fuzz", &error) == CLEAT_OK) {
            cleat_bytes text = {0};
            if (cleat_key_write(key, CLEAT_KEY_OPENSSH, NULL, &text, &error) == CLEAT_OK)
                cleat_bytes_free(&text);
        }
        cleat_key_unref(key);
    }
    cleat_key *public_key = NULL;
    (void)cleat_key_file_is_encrypted(fuzz_ctx(), (cleat_slice){data, size}, &public_key);
    cleat_key_unref(public_key);
    return 0;
}
