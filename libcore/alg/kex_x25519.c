/* X25519 and X448 as key exchange (RFC 8731). */
#include "agree.h"

#include "../base/ct.h"
#include "rows.h"

#include <openssl/err.h>
#include <openssl/evp.h>

enum { X448_LEN = 56 };

static cleat_status make(const cl_agree *a, const cl_env *env, void **key, cl_buf *our_public)
{
    uint8_t scalar[X448_LEN];
    *key = NULL;
    cleat_status st = cl_random_fill(env, scalar, a->public_len);
    if (st != CLEAT_OK)
        return st;
    EVP_PKEY *ours = EVP_PKEY_new_raw_private_key_ex(env->lib, a->evp, NULL, scalar, a->public_len);
    cl_wipe(scalar, sizeof scalar);
    if (!ours)
        return CLEAT_E_CRYPTO;
    *key = ours;
    size_t len = a->public_len;
    uint8_t *at = cl_buf_extend(our_public, len);
    if (!at)
        return our_public->status;
    return EVP_PKEY_get_raw_public_key(ours, at, &len) ? CLEAT_OK : CLEAT_E_CRYPTO;
}

static bool derive(EVP_PKEY_CTX *ctx, EVP_PKEY *theirs, size_t len, uint8_t *shared)
{
    return EVP_PKEY_derive_init(ctx) > 0 && EVP_PKEY_derive_set_peer_ex(ctx, theirs, 0) > 0 &&
           EVP_PKEY_derive(ctx, shared, &len) > 0;
}

/* A point of small order gives zero whatever our secret: RFC 8731 §3 has the exchange aborted.
 * OpenSSL fails for it too; the check does not rest on that. */
static bool is_zero(const uint8_t *shared, size_t len)
{
    static const uint8_t zeros[X448_LEN];
    return cl_ct_equal(shared, zeros, len);
}

static cleat_status agree(const cl_agree *a, const cl_env *env, void *key, cleat_slice theirs,
                          uint8_t *shared)
{
    if (theirs.len != a->public_len)
        return CLEAT_E_KEX;
    EVP_PKEY *peer =
        EVP_PKEY_new_raw_public_key_ex(env->lib, a->evp, NULL, theirs.data, theirs.len);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(env->lib, key, NULL);
    cleat_status st = CLEAT_E_CRYPTO;
    if (peer && ctx) {
        ERR_set_mark();
        bool good = derive(ctx, peer, a->shared_len, shared) && !is_zero(shared, a->shared_len);
        ERR_pop_to_mark();
        st = good ? CLEAT_OK : CLEAT_E_KEX;
    }
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(peer);
    return st;
}

static void drop(const cl_env *env, void *key)
{
    (void)env;
    EVP_PKEY_free(key);
}

const cl_agree cl_agree_x25519 = {
    .evp = "X25519",
    .public_len = 32,
    .shared_len = 32,
    .make = make,
    .agree = agree,
    .drop = drop,
};

static const cl_agree agree_x448 = {
    .evp = "X448",
    .public_len = X448_LEN,
    .shared_len = X448_LEN,
    .make = make,
    .agree = agree,
    .drop = drop,
};

const cl_kex_alg cl_kex_curve25519 = {
    .name = "curve25519-sha256",
    .hash = CL_SHA256,
    .flags = CL_ALG_DEFAULT,
    .params = &cl_agree_x25519,
    .start = cl_agree_start,
    .reply = cl_agree_reply,
    .finish = cl_agree_finish,
    .free = cl_agree_free,
};

const cl_kex_alg cl_kex_curve25519_libssh = {
    .name = "curve25519-sha256@libssh.org",
    .hash = CL_SHA256,
    .flags = CL_ALG_DEFAULT,
    .params = &cl_agree_x25519,
    .start = cl_agree_start,
    .reply = cl_agree_reply,
    .finish = cl_agree_finish,
    .free = cl_agree_free,
};

const cl_kex_alg cl_kex_curve448 = {
    .name = "curve448-sha512",
    .hash = CL_SHA512,
    .params = &agree_x448,
    .start = cl_agree_start,
    .reply = cl_agree_reply,
    .finish = cl_agree_finish,
    .free = cl_agree_free,
};
