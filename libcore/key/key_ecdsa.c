/* ECDSA keys (RFC 5656 §3.1): curve name, point, and in private the scalar. */
#include "key_ecdsa.h"

#include "../base/error.h"
#include "../wire/writer.h"
#include "pkey.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>

enum { POINT_UNCOMPRESSED = 4 };

static size_t field_len(const cl_key_type *t)
{
    return (t->bits + 7) / 8;
}

/* RFC 5656 §3.1 lets compressed points be refused; with them gone every key has one encoding. */
static cleat_status read_point(const cl_key_type *t, cl_reader *r, cleat_slice *point,
                               cleat_error *err)
{
    cleat_slice curve = cl_get_string(r);
    *point = cl_get_string(r);
    if (!cl_slice_is(curve, t->wire_curve))
        return cl_fail(err, CLEAT_E_KEY_FORMAT, "%s key: the curve is not \"%s\"", t->name,
                       t->wire_curve);
    size_t want = 1 + 2 * field_len(t);
    if (point->len != want || point->data[0] != POINT_UNCOMPRESSED)
        return cl_fail(err, CLEAT_E_KEY_FORMAT,
                       "%s key: expected an uncompressed point of %zu bytes, found %zu bytes",
                       t->name, want, point->len);
    return CLEAT_OK;
}

static cleat_status refused(const cl_key_type *t, cleat_status st, const char *why,
                            cleat_error *err)
{
    return cl_fail(err, st, "%s key: %s", t->name,
                   st == CLEAT_E_KEY_FORMAT ? why : cleat_status_text(st));
}

/* OpenSSL refuses a point that is not on the curve; the curves have cofactor 1, so that is all. */
static cleat_status read_public(const cl_key_type *t, const cl_env *env, cl_reader *r,
                                EVP_PKEY **out, cleat_error *err)
{
    cleat_slice point;
    cleat_status st = read_point(t, r, &point, err);
    if (st != CLEAT_OK)
        return st;
    cl_pkey_builder b;
    cl_pkey_begin(&b);
    cl_pkey_put_text(&b, OSSL_PKEY_PARAM_GROUP_NAME, t->group);
    cl_pkey_put_bytes(&b, OSSL_PKEY_PARAM_PUB_KEY, point);
    st = cl_pkey_build(&b, env, t->evp, false, out);
    return st == CLEAT_OK ? st : refused(t, st, "the point is not on the curve", err);
}

static bool halves_agree(const cl_env *env, EVP_PKEY *pkey)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(env->lib, pkey, NULL);
    bool agree = ctx && EVP_PKEY_private_check(ctx) == 1 && EVP_PKEY_pairwise_check(ctx) == 1;
    EVP_PKEY_CTX_free(ctx);
    if (!agree)
        ERR_clear_error();
    return agree;
}

static cleat_status read_private(const cl_key_type *t, const cl_env *env, cl_reader *r,
                                 EVP_PKEY **out, cleat_error *err)
{
    cleat_slice point;
    cleat_status st = read_point(t, r, &point, err);
    if (st != CLEAT_OK)
        return st;
    cleat_slice scalar = cl_get_mpint(r);
    cl_pkey_builder b;
    cl_pkey_begin(&b);
    cl_pkey_put_text(&b, OSSL_PKEY_PARAM_GROUP_NAME, t->group);
    cl_pkey_put_bytes(&b, OSSL_PKEY_PARAM_PUB_KEY, point);
    cl_pkey_put_number(&b, OSSL_PKEY_PARAM_PRIV_KEY, scalar, true);
    EVP_PKEY *pkey = NULL;
    st = cl_pkey_build(&b, env, t->evp, true, &pkey);
    if (st != CLEAT_OK)
        return refused(t, st, "the point is not on the curve or the scalar is out of range", err);
    if (!halves_agree(env, pkey)) {
        EVP_PKEY_free(pkey);
        return refused(t, CLEAT_E_KEY_FORMAT, "the public part does not belong to the private part",
                       err);
    }
    *out = pkey;
    return CLEAT_OK;
}

static bool put_coordinate(EVP_PKEY *pkey, const char *name, uint8_t *at, size_t len)
{
    BIGNUM *n = NULL;
    bool got = EVP_PKEY_get_bn_param(pkey, name, &n) && BN_bn2binpad(n, at, (int)len) == (int)len;
    BN_free(n);
    return got;
}

/* From the coordinates, because OpenSSL may have read the point compressed and would repeat it. */
static cleat_status write_public(const cl_key_type *t, EVP_PKEY *pkey, cl_buf *out)
{
    size_t len = field_len(t);
    cl_put_cstring(out, t->wire_curve);
    cl_put_u32(out, (uint32_t)(1 + 2 * len));
    cl_put_u8(out, POINT_UNCOMPRESSED);
    uint8_t *at = cl_buf_extend(out, 2 * len);
    if (!at)
        return out->status;
    bool got = put_coordinate(pkey, OSSL_PKEY_PARAM_EC_PUB_X, at, len) &&
               put_coordinate(pkey, OSSL_PKEY_PARAM_EC_PUB_Y, at + len, len);
    return got ? CLEAT_OK : CLEAT_E_CRYPTO;
}

static cleat_status write_private(const cl_key_type *t, EVP_PKEY *pkey, cl_buf *out)
{
    cleat_status st = write_public(t, pkey, out);
    if (st != CLEAT_OK)
        return st;
    return cl_pkey_write_mpint(pkey, OSSL_PKEY_PARAM_PRIV_KEY, out);
}

static cleat_status generate(const cl_key_type *t, const cl_env *env, unsigned bits, EVP_PKEY **out,
                             cleat_error *err)
{
    (void)bits;
    *out = EVP_PKEY_Q_keygen(env->lib, NULL, t->evp, t->group);
    return *out ? CLEAT_OK : cl_fail_crypto(err, "key generation");
}

static void ppk_join(const cl_key_type *t, cl_reader *open, cl_reader *secret, cl_buf *out)
{
    (void)t;
    cl_put_string(out, cl_get_string(open));
    cl_put_string(out, cl_get_string(open));
    cl_put_mpint(out, cl_get_mpint(secret));
}

static void ppk_split(const cl_key_type *t, cl_reader *fields, cl_buf *out)
{
    (void)t;
    cl_get_string(fields);
    cl_get_string(fields);
    cl_put_mpint(out, cl_get_mpint(fields));
}

#define ECDSA_ROW(size, openssl_name, asked_by_default)                                            \
    {                                                                                              \
        .name = "ecdsa-sha2-nistp" #size, .cert_name = "ecdsa-sha2-nistp" #size CL_CERT_SUFFIX,    \
        .label = "ECDSA", .family = "ecdsa", .evp = "EC", .group = openssl_name,                   \
        .wire_curve = "nistp" #size, .bits = size, .sshfp = 3, .default_bits = asked_by_default,   \
        .read_public = read_public, .read_private = read_private, .write_public = write_public,    \
        .write_private = write_private, .generate = generate, .ppk_join = ppk_join,                \
        .ppk_split = ppk_split,                                                                    \
    }

const cl_key_type cl_key_ecdsa_p256 = ECDSA_ROW(256, "prime256v1", 256);
const cl_key_type cl_key_ecdsa_p384 = ECDSA_ROW(384, "secp384r1", 0);
const cl_key_type cl_key_ecdsa_p521 = ECDSA_ROW(521, "secp521r1", 0);

/* The private part is in the device: a file has the public fields in its place. */
const cl_key_type cl_key_sk_ecdsa = {
    .name = "sk-ecdsa-sha2-nistp256@openssh.com",
    .cert_name = "sk-ecdsa-sha2-nistp256" CL_CERT_SUFFIX,
    .label = "ECDSA-SK",
    .family = "ecdsa-sk",
    .evp = "EC",
    .group = "prime256v1",
    .wire_curve = "nistp256",
    .bits = 256,
    .default_bits = 256,
    .security_key = true,
    .read_public = read_public,
    .read_private = read_public,
    .write_public = write_public,
    .write_private = write_public,
};
