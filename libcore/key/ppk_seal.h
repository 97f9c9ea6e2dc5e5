/* What protects a PuTTY key file: the keys made from the passphrase, the cipher and the MAC, which
 * versions 2 and 3 do differently. */
#ifndef CL_KEY_PPK_SEAL_H
#define CL_KEY_PPK_SEAL_H

#include "../base/buf.h"
#include "argon2.h"

enum { CL_PPK_MAC_MAX = 32, CL_PPK_BLOCK = 16 };

typedef struct cl_ppk_seal {
    unsigned version; /* 2 or 3 */
    bool encrypted;
    cl_argon2_cost cost; /* of version 3, encrypted */
    uint8_t salt[CL_ARGON2_SALT_MAX];
    size_t salt_len;

    uint8_t cipher_key[32]; /* from here on made by cl_ppk_seal_keys */
    uint8_t iv[16];
    uint8_t mac_key[32];
    size_t mac_key_len;
} cl_ppk_seal;

/* Secrets; whoever made them wipes the struct. CLEAT_E_LIMIT and CLEAT_E_UNSUPPORTED from
 * cl_argon2. */
CLEAT_MUST_USE cleat_status cl_ppk_seal_keys(cl_ppk_seal *s, const cl_env *env,
                                             cleat_slice passphrase);

/* In place, whole blocks; nothing for a file that is not encrypted. */
CLEAT_MUST_USE cleat_status cl_ppk_seal_crypt(const cl_ppk_seal *s, const cl_env *env, bool encrypt,
                                              uint8_t *data, size_t len);

/* 20 bytes in version 2, 32 in version 3. */
size_t cl_ppk_mac_len(const cl_ppk_seal *s);
CLEAT_MUST_USE cleat_status cl_ppk_mac(const cl_ppk_seal *s, const cl_env *env, cleat_slice data,
                                       uint8_t mac[CL_PPK_MAC_MAX]);

#endif
