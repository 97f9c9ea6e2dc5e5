/* DSA keys (RFC 4253 §6.6): modulus, order, generator and the public number; in private the
 * exponent too. They are read and written, so that their owners can see and replace them; there is
 * no signature algorithm for them. */
#include "key_dsa.h"

#include "../base/compat.h"
#include "../base/error.h"
#include "../wire/writer.h"
#include "pkey.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>

/* FIPS 186-4 has no longer ones; SSH's own are of 1024 and 160 bits. */
enum {
    MODULUS_BYTES_LEAST = 64,
    MODULUS_BYTES_MOST = 384,
    ORDER_BYTES_LEAST = 20,
    ORDER_BYTES_MOST = 32
};

static const char *const public_names[] = {
    OSSL_PKEY_PARAM_FFC_P,
    OSSL_PKEY_PARAM_FFC_Q,
    OSSL_PKEY_PARAM_FFC_G,
    OSSL_PKEY_PARAM_PUB_KEY,
};

typedef struct dsa_numbers {
    cleat_slice p, q, g, y;
} dsa_numbers;

static cleat_status malformed(const char *what, cleat_error *err)
{
    return cl_fail(err, CLEAT_E_KEY_FORMAT, "ssh-dss key: %s", what);
}

static cleat_status read_numbers(cl_reader *r, dsa_numbers *n, cleat_error *err)
{
    n->p = cl_get_mpint(r);
    n->q = cl_get_mpint(r);
    n->g = cl_get_mpint(r);
    n->y = cl_get_mpint(r);
    if (r->fault != CLEAT_OK)
        return malformed("expected four positive numbers", err);
    if (n->p.len < MODULUS_BYTES_LEAST || n->p.len > MODULUS_BYTES_MOST ||
        n->q.len < ORDER_BYTES_LEAST || n->q.len > ORDER_BYTES_MOST)
        return malformed("expected a modulus of 512 to 3072 bits and an order of 160 to 256", err);
    if (n->g.len == 0 || n->g.len > n->p.len || n->y.len == 0 || n->y.len > n->p.len)
        return malformed("the generator or the public number exceeds the modulus", err);
    return CLEAT_OK;
}

/* secret: NULL for a public key. */
static cleat_status build(const cl_key_type *t, const cl_env *env, const dsa_numbers *n,
                          const cleat_slice *secret, EVP_PKEY **out, cleat_error *err)
{
    cl_pkey_builder b;
    cl_pkey_begin(&b);
    const cleat_slice numbers[] = {n->p, n->q, n->g, n->y};
    for (size_t i = 0; i < CL_COUNT(numbers); i++)
        cl_pkey_put_number(&b, public_names[i], numbers[i], false);
    if (secret)
        cl_pkey_put_number(&b, OSSL_PKEY_PARAM_PRIV_KEY, *secret, true);
    cleat_status st = cl_pkey_build(&b, env, t->evp, secret != NULL, out);
    if (st == CLEAT_E_KEY_FORMAT)
        return malformed("OpenSSL refuses its numbers", err);
    return st == CLEAT_OK ? st : cl_fail(err, st, "ssh-dss key: %s", cleat_status_text(st));
}

static cleat_status read_public(const cl_key_type *t, const cl_env *env, cl_reader *r,
                                EVP_PKEY **out, cleat_error *err)
{
    dsa_numbers n;
    cleat_status st = read_numbers(r, &n, err);
    return st == CLEAT_OK ? build(t, env, &n, NULL, out, err) : st;
}

/* g to the power of x is y, and x below the order. */
static cleat_status halves_agree(const cl_env *env, const dsa_numbers *n, cleat_slice secret,
                                 bool *agree)
{
    BIGNUM *p = cl_pkey_number(n->p, false), *q = cl_pkey_number(n->q, false);
    BIGNUM *g = cl_pkey_number(n->g, false), *y = cl_pkey_number(n->y, false);
    BIGNUM *x = cl_pkey_number(secret, true), *power = BN_secure_new();
    BN_CTX *ctx = BN_CTX_secure_new_ex(env->lib);
    cleat_status st = CLEAT_E_NOMEM;
    *agree = false;
    if (p && q && g && y && x && power && ctx) {
        st = CLEAT_OK;
        *agree = BN_is_odd(p) && !BN_is_zero(x) && BN_cmp(x, q) < 0 &&
                 BN_mod_exp_mont_consttime(power, g, x, p, ctx, NULL) && BN_cmp(power, y) == 0;
    }
    BIGNUM *all[] = {p, q, g, y, x, power};
    for (size_t i = 0; i < CL_COUNT(all); i++)
        BN_clear_free(all[i]);
    BN_CTX_free(ctx);
    ERR_clear_error();
    return st;
}

static cleat_status read_private(const cl_key_type *t, const cl_env *env, cl_reader *r,
                                 EVP_PKEY **out, cleat_error *err)
{
    dsa_numbers n;
    bool agree;
    cleat_status st = read_numbers(r, &n, err);
    if (st != CLEAT_OK)
        return st;
    cleat_slice secret = cl_get_mpint(r);
    if (r->fault != CLEAT_OK || secret.len > n.q.len)
        return malformed("expected a private number below the order", err);
    st = halves_agree(env, &n, secret, &agree);
    if (st != CLEAT_OK)
        return cl_fail(err, st, "ssh-dss key: %s", cleat_status_text(st));
    if (!agree)
        return malformed("the public part does not belong to the private part", err);
    return build(t, env, &n, &secret, out, err);
}

static cleat_status write_public(const cl_key_type *t, EVP_PKEY *pkey, cl_buf *out)
{
    cleat_status st = CLEAT_OK;
    (void)t;
    for (size_t i = 0; i < CL_COUNT(public_names) && st == CLEAT_OK; i++)
        st = cl_pkey_write_mpint(pkey, public_names[i], out);
    return st;
}

static cleat_status write_private(const cl_key_type *t, EVP_PKEY *pkey, cl_buf *out)
{
    cleat_status st = write_public(t, pkey, out);
    return st == CLEAT_OK ? cl_pkey_write_mpint(pkey, OSSL_PKEY_PARAM_PRIV_KEY, out) : st;
}

static void ppk_join(const cl_key_type *t, cl_reader *open, cl_reader *secret, cl_buf *out)
{
    (void)t;
    for (size_t i = 0; i < CL_COUNT(public_names); i++)
        cl_put_mpint(out, cl_get_mpint(open));
    cl_put_mpint(out, cl_get_mpint(secret));
}

static void ppk_split(const cl_key_type *t, cl_reader *fields, cl_buf *out)
{
    (void)t;
    for (size_t i = 0; i < CL_COUNT(public_names); i++)
        cl_get_mpint(fields);
    cl_put_mpint(out, cl_get_mpint(fields));
}

const cl_key_type cl_key_dsa = {
    .name = "ssh-dss",
    .label = "DSA",
    .family = "dsa",
    .evp = "DSA",
    .default_bits = 1024,
    .retired = true,
    .read_public = read_public,
    .read_private = read_private,
    .write_public = write_public,
    .write_private = write_private,
    .ppk_join = ppk_join,
    .ppk_split = ppk_split,
};
