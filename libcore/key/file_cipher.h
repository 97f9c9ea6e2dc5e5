/* Ciphers of OpenSSH's private key file: SSH's names, used on one block of data at rest. */
#ifndef CL_KEY_FILE_CIPHER_H
#define CL_KEY_FILE_CIPHER_H

#include "../alg/env.h"

enum { CL_FILE_TAG_MAX = 16, CL_FILE_KEY_MAX = 64, CL_FILE_IV_MAX = 16 };

typedef struct cl_file_cipher {
    const char *name;
    const char *evp;
    uint8_t key_len;
    uint8_t iv_len;
    uint8_t block;
    uint8_t tag_len; /* written behind the encrypted string, not counted in its length */

    /* In place. Decrypting with a tag that does not fit is CLEAT_E_MAC. */
    cleat_status (*run)(const struct cl_file_cipher *c, const cl_env *env, bool encrypt,
                        const uint8_t *key, const uint8_t *iv, uint8_t *data, size_t len,
                        uint8_t *tag);
} cl_file_cipher;

const cl_file_cipher *cl_file_cipher_find(cleat_slice name);

#endif
