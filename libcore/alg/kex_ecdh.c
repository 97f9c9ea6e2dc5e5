/* ECDH on short Weierstrass curves (RFC 5656 §4). */
#include "agree.h"

#include "../base/alloc.h"
#include "../base/ct.h"
#include "rows.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>

enum { UNCOMPRESSED = 4 }; /* first byte of such a point (SEC 1 §2.3.3) */

/* Each try of a good source succeeds with a chance of more than one half on any curve. */
enum { SCALAR_TRIES = 100 };

typedef struct ec_key {
    EC_GROUP *group;
    BIGNUM *scalar;
} ec_key;

static void drop(const cl_env *env, void *key)
{
    ec_key *k = key;
    if (!k)
        return;
    EC_GROUP_free(k->group);
    BN_clear_free(k->scalar);
    cl_alloc_free(env->mem, k);
}

/* A secret scalar from 1 to order - 1, by rejection, so that it is evenly spread. */
static cleat_status draw_scalar(const cl_env *env, const ec_key *k)
{
    const BIGNUM *order = EC_GROUP_get0_order(k->group);
    int bits = BN_num_bits(order);
    size_t len = ((size_t)bits + 7) / 8;
    uint8_t bytes[CL_AGREE_SHARED_MAX];
    cleat_status st = CLEAT_E_RANDOM;
    for (int i = 0; i < SCALAR_TRIES; i++) {
        st = cl_random_fill(env, bytes, len);
        if (st != CLEAT_OK)
            return st;
        if (bits % 8)
            bytes[0] &= (uint8_t)((1 << bits % 8) - 1);
        if (!BN_bin2bn(bytes, (int)len, k->scalar))
            st = CLEAT_E_NOMEM;
        else if (BN_is_zero(k->scalar) || BN_cmp(k->scalar, order) >= 0)
            st = CLEAT_E_RANDOM;
        if (st != CLEAT_E_RANDOM)
            break;
    }
    cl_wipe(bytes, sizeof bytes);
    BN_set_flags(k->scalar, BN_FLG_CONSTTIME);
    return st;
}

static cleat_status put_public(const cl_agree *a, const ec_key *k, cl_buf *our_public)
{
    cleat_status st = CLEAT_E_CRYPTO;
    EC_POINT *point = EC_POINT_new(k->group);
    uint8_t *at = cl_buf_extend(our_public, a->public_len);
    if (!at)
        st = our_public->status;
    else if (point && EC_POINT_mul(k->group, point, k->scalar, NULL, NULL, NULL) &&
             EC_POINT_point2oct(k->group, point, POINT_CONVERSION_UNCOMPRESSED, at, a->public_len,
                                NULL) == a->public_len)
        st = CLEAT_OK;
    EC_POINT_free(point);
    return st;
}

static cleat_status make(const cl_agree *a, const cl_env *env, void **key, cl_buf *our_public)
{
    ec_key *k = cl_alloc_zero(env->mem, sizeof *k);
    *key = k;
    if (!k)
        return CLEAT_E_NOMEM;
    k->group = EC_GROUP_new_by_curve_name_ex(env->lib, NULL, a->nid);
    k->scalar = BN_new();
    if (!k->group || !k->scalar)
        return CLEAT_E_CRYPTO;
    cleat_status st = draw_scalar(env, k);
    return st == CLEAT_OK ? put_public(a, k, our_public) : st;
}

/* Decoding checks that the point lies on the curve. All our curves have cofactor 1, so every such
 * point but infinity, which has no uncompressed form, is in the right group (RFC 5656 §4). */
static bool read_point(const cl_agree *a, const ec_key *k, cleat_slice theirs, EC_POINT *point)
{
    if (theirs.len != a->public_len || theirs.data[0] != UNCOMPRESSED)
        return false;
    ERR_set_mark();
    bool good = EC_POINT_oct2point(k->group, point, theirs.data, theirs.len, NULL);
    ERR_pop_to_mark();
    return good;
}

static bool multiply(const cl_agree *a, const ec_key *k, const EC_POINT *theirs, EC_POINT *product,
                     BIGNUM *x, uint8_t *shared)
{
    return EC_POINT_mul(k->group, product, NULL, theirs, k->scalar, NULL) &&
           EC_POINT_get_affine_coordinates(k->group, product, x, NULL, NULL) &&
           BN_bn2binpad(x, shared, (int)a->shared_len) == (int)a->shared_len;
}

static cleat_status agree(const cl_agree *a, const cl_env *env, void *key, cleat_slice theirs,
                          uint8_t *shared)
{
    const ec_key *k = key;
    (void)env;
    EC_POINT *point = EC_POINT_new(k->group);
    EC_POINT *product = EC_POINT_new(k->group);
    BIGNUM *x = BN_new();
    cleat_status st = CLEAT_E_CRYPTO;
    if (!point || !product || !x)
        st = CLEAT_E_NOMEM;
    else if (!read_point(a, k, theirs, point))
        st = CLEAT_E_KEX;
    else if (multiply(a, k, point, product, x, shared))
        st = CLEAT_OK;
    BN_clear_free(x);
    EC_POINT_clear_free(product);
    EC_POINT_free(point);
    return st;
}

const cl_agree cl_agree_nistp256 = {
    .nid = NID_X9_62_prime256v1,
    .public_len = 65,
    .shared_len = 32,
    .make = make,
    .agree = agree,
    .drop = drop,
};

const cl_agree cl_agree_nistp384 = {
    .nid = NID_secp384r1,
    .public_len = 97,
    .shared_len = 48,
    .make = make,
    .agree = agree,
    .drop = drop,
};

static const cl_agree agree_nistp521 = {
    .nid = NID_secp521r1,
    .public_len = 133,
    .shared_len = 66,
    .make = make,
    .agree = agree,
    .drop = drop,
};

static const cl_agree agree_secp256k1 = {
    .nid = NID_secp256k1,
    .public_len = 65,
    .shared_len = 32,
    .make = make,
    .agree = agree,
    .drop = drop,
};

const cl_kex_alg cl_kex_ecdh_nistp256 = {
    .name = "ecdh-sha2-nistp256",
    .hash = CL_SHA256,
    .flags = CL_ALG_DEFAULT,
    .params = &cl_agree_nistp256,
    .start = cl_agree_start,
    .reply = cl_agree_reply,
    .finish = cl_agree_finish,
    .free = cl_agree_free,
};

const cl_kex_alg cl_kex_ecdh_nistp384 = {
    .name = "ecdh-sha2-nistp384",
    .hash = CL_SHA384,
    .flags = CL_ALG_DEFAULT,
    .params = &cl_agree_nistp384,
    .start = cl_agree_start,
    .reply = cl_agree_reply,
    .finish = cl_agree_finish,
    .free = cl_agree_free,
};

const cl_kex_alg cl_kex_ecdh_nistp521 = {
    .name = "ecdh-sha2-nistp521",
    .hash = CL_SHA512,
    .flags = CL_ALG_DEFAULT,
    .params = &agree_nistp521,
    .start = cl_agree_start,
    .reply = cl_agree_reply,
    .finish = cl_agree_finish,
    .free = cl_agree_free,
};

const cl_kex_alg cl_kex_ecdh_secp256k1 = {
    .name = "ecdh-sha2-1.3.132.0.10",
    .hash = CL_SHA256,
    .params = &agree_secp256k1,
    .start = cl_agree_start,
    .reply = cl_agree_reply,
    .finish = cl_agree_finish,
    .free = cl_agree_free,
};
