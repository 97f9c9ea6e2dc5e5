/* Keys, cipher and MAC of PuTTY's key files. */
#include "ppk_seal.h"

#include "../alg/hash.h"
#include "../base/ct.h"
#include "../base/slice.h"
#include "file_cipher.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <string.h>

enum { SHA1_LEN = 20 };

/* Version 2: SHA-1 of a counter and the passphrase, twice; the IV is zero. */
static cleat_status keys_by_sha1(cl_ppk_seal *s, const cl_env *env, cleat_slice passphrase)
{
    static const uint8_t counters[2][4] = {{0}, {0, 0, 0, 1}};
    uint8_t derived[2 * SHA1_LEN];
    cleat_status st = CLEAT_OK;
    for (size_t i = 0; i < 2 && st == CLEAT_OK; i++) {
        const cleat_slice parts[] = {cl_slice(counters[i], 4), passphrase};
        st = cl_hash_once(env->hashes, CL_SHA1, parts, 2, derived + i * SHA1_LEN);
    }
    if (st == CLEAT_OK)
        memcpy(s->cipher_key, derived, sizeof s->cipher_key);
    cl_wipe(derived, sizeof derived);
    return st;
}

/* Version 2 has a MAC key also where nothing is encrypted. */
static cleat_status mac_key_by_sha1(cl_ppk_seal *s, const cl_env *env, cleat_slice passphrase)
{
    const cleat_slice parts[] = {CL_SLICE_LIT("putty-private-key-file-mac-key"), passphrase};
    s->mac_key_len = SHA1_LEN;
    return cl_hash_once(env->hashes, CL_SHA1, parts, s->encrypted ? 2 : 1, s->mac_key);
}

static cleat_status keys_by_argon2(cl_ppk_seal *s, const cl_env *env, cleat_slice passphrase)
{
    uint8_t derived[sizeof s->cipher_key + sizeof s->iv + sizeof s->mac_key];
    cleat_status st = cl_argon2(env, &s->cost, passphrase, cl_slice(s->salt, s->salt_len), derived,
                                sizeof derived);
    if (st == CLEAT_OK) {
        memcpy(s->cipher_key, derived, sizeof s->cipher_key);
        memcpy(s->iv, derived + sizeof s->cipher_key, sizeof s->iv);
        memcpy(s->mac_key, derived + sizeof s->cipher_key + sizeof s->iv, sizeof s->mac_key);
        s->mac_key_len = sizeof s->mac_key;
    }
    cl_wipe(derived, sizeof derived);
    return st;
}

cleat_status cl_ppk_seal_keys(cl_ppk_seal *s, const cl_env *env, cleat_slice passphrase)
{
    if (s->version == 3)
        return s->encrypted ? keys_by_argon2(s, env, passphrase) : CLEAT_OK;
    cleat_status st = mac_key_by_sha1(s, env, passphrase);
    if (st == CLEAT_OK && s->encrypted)
        st = keys_by_sha1(s, env, passphrase);
    return st;
}

cleat_status cl_ppk_seal_crypt(const cl_ppk_seal *s, const cl_env *env, bool encrypt, uint8_t *data,
                               size_t len)
{
    if (!s->encrypted)
        return CLEAT_OK;
    const cl_file_cipher *c = cl_file_cipher_find(CL_SLICE_LIT("aes256-cbc"));
    return c->run(c, env, encrypt, s->cipher_key, s->iv, data, len, NULL);
}

size_t cl_ppk_mac_len(const cl_ppk_seal *s)
{
    return s->version == 2 ? SHA1_LEN : CL_PPK_MAC_MAX;
}

cleat_status cl_ppk_mac(const cl_ppk_seal *s, const cl_env *env, cleat_slice data,
                        uint8_t mac[CL_PPK_MAC_MAX])
{
    const char *digest = s->version == 2 ? "SHA1" : "SHA256";
    size_t len = 0;
    if (EVP_Q_mac(env->lib, "HMAC", NULL, digest, NULL, s->mac_key, s->mac_key_len, data.data,
                  data.len, mac, CL_PPK_MAC_MAX, &len))
        return CLEAT_OK;
    ERR_clear_error();
    return CLEAT_E_CRYPTO;
}
