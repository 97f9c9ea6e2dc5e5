/* RSA keys: exponent and modulus in public; modulus, both exponents, the CRT coefficient and the
 * primes in private. */
#include "key_rsa.h"

#include "../base/compat.h"
#include "../base/error.h"
#include "../wire/writer.h"
#include "pkey.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>

enum { EXPONENT_BYTES_MAX = 8 };

static unsigned bit_length(cleat_slice magnitude)
{
    if (magnitude.len == 0)
        return 0;
    unsigned top = 0;
    for (uint8_t b = magnitude.data[0]; b; b >>= 1)
        top++;
    return (unsigned)(magnitude.len - 1) * 8 + top;
}

static bool is_odd(cleat_slice magnitude)
{
    return magnitude.len && (magnitude.data[magnitude.len - 1] & 1);
}

/* A long public exponent has no use but to make every verification slow. */
static cleat_status check_public(cleat_slice n, cleat_slice e, cleat_error *err)
{
    unsigned bits = bit_length(n);
    if (bits > CL_RSA_BITS_MOST)
        return cl_fail(err, CLEAT_E_LIMIT, "ssh-rsa key: %u bits, at most %d are read", bits,
                       CL_RSA_BITS_MOST);
    if (bits < CL_RSA_BITS_LEAST)
        return cl_fail(err, CLEAT_E_KEY_WEAK, "ssh-rsa key: %u bits, at least %d are needed", bits,
                       CL_RSA_BITS_LEAST);
    if (!is_odd(n))
        return cl_fail(err, CLEAT_E_KEY_FORMAT, "ssh-rsa key: the modulus is even");
    if (!is_odd(e) || bit_length(e) < 2 || e.len > EXPONENT_BYTES_MAX)
        return cl_fail(err, CLEAT_E_KEY_FORMAT,
                       "ssh-rsa key: the public exponent is not an odd number from 3 to 2^64");
    return CLEAT_OK;
}

static cleat_status read_public(const cl_key_type *t, const cl_env *env, cl_reader *r,
                                EVP_PKEY **out, cleat_error *err)
{
    cleat_slice e = cl_get_mpint(r);
    cleat_slice n = cl_get_mpint(r);
    if (r->fault != CLEAT_OK)
        return cl_fail(err, CLEAT_E_KEY_FORMAT, "ssh-rsa key: expected two positive numbers");
    cleat_status st = check_public(n, e, err);
    if (st != CLEAT_OK)
        return st;
    cl_pkey_builder b;
    cl_pkey_begin(&b);
    cl_pkey_put_number(&b, OSSL_PKEY_PARAM_RSA_N, n, false);
    cl_pkey_put_number(&b, OSSL_PKEY_PARAM_RSA_E, e, false);
    st = cl_pkey_build(&b, env, t->evp, false, out);
    return st == CLEAT_OK ? st : cl_fail(err, st, "ssh-rsa key: %s", cleat_status_text(st));
}

/* The numbers of a private key while they are checked against each other. */
typedef struct rsa_numbers {
    BIGNUM *n, *e, *d, *iqmp, *p, *q, *dmp1, *dmq1;
} rsa_numbers;

static void numbers_free(rsa_numbers *k)
{
    BIGNUM *all[] = {k->n, k->e, k->d, k->iqmp, k->p, k->q, k->dmp1, k->dmq1};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        BN_clear_free(all[i]);
    *k = (rsa_numbers){0};
}

/* dm1 = d mod (prime - 1), and e * d = 1 there: then the exponents undo each other modulo it. */
static bool crt_exponent(const rsa_numbers *k, const BIGNUM *prime, BIGNUM *dm1, BN_CTX *ctx)
{
    BN_CTX_start(ctx);
    BIGNUM *order = BN_CTX_get(ctx);
    BIGNUM *check = BN_CTX_get(ctx);
    bool good = false;
    if (order && check && BN_copy(order, prime) && BN_sub_word(order, 1)) {
        BN_set_flags(order, BN_FLG_CONSTTIME);
        good = BN_mod(dm1, k->d, order, ctx) && BN_mod_mul(check, dm1, k->e, order, ctx) &&
               BN_is_one(check);
    }
    BN_CTX_end(ctx);
    return good;
}

static bool numbers_agree(rsa_numbers *k, BN_CTX *ctx)
{
    BN_CTX_start(ctx);
    BIGNUM *check = BN_CTX_get(ctx);
    k->dmp1 = BN_secure_new();
    k->dmq1 = BN_secure_new();
    bool good = check && k->dmp1 && k->dmq1 && BN_mul(check, k->p, k->q, ctx) &&
                BN_cmp(check, k->n) == 0 && BN_is_odd(k->p) && BN_is_odd(k->q) &&
                !BN_is_one(k->p) && !BN_is_one(k->q) && BN_cmp(k->d, k->n) < 0 &&
                BN_cmp(k->iqmp, k->p) < 0 && crt_exponent(k, k->p, k->dmp1, ctx) &&
                crt_exponent(k, k->q, k->dmq1, ctx) &&
                BN_mod_mul(check, k->iqmp, k->q, k->p, ctx) && BN_is_one(check);
    BN_CTX_end(ctx);
    return good;
}

/* Hands all numbers over to the builder. */
static cleat_status build_private(const cl_key_type *t, const cl_env *env, rsa_numbers *k,
                                  EVP_PKEY **out)
{
    cl_pkey_builder b;
    cl_pkey_begin(&b);
    cl_pkey_put_bn(&b, OSSL_PKEY_PARAM_RSA_N, k->n);
    cl_pkey_put_bn(&b, OSSL_PKEY_PARAM_RSA_E, k->e);
    cl_pkey_put_bn(&b, OSSL_PKEY_PARAM_RSA_D, k->d);
    cl_pkey_put_bn(&b, OSSL_PKEY_PARAM_RSA_FACTOR1, k->p);
    cl_pkey_put_bn(&b, OSSL_PKEY_PARAM_RSA_FACTOR2, k->q);
    cl_pkey_put_bn(&b, OSSL_PKEY_PARAM_RSA_EXPONENT1, k->dmp1);
    cl_pkey_put_bn(&b, OSSL_PKEY_PARAM_RSA_EXPONENT2, k->dmq1);
    cl_pkey_put_bn(&b, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, k->iqmp);
    *k = (rsa_numbers){0};
    return cl_pkey_build(&b, env, t->evp, true, out);
}

static cleat_status read_private(const cl_key_type *t, const cl_env *env, cl_reader *r,
                                 EVP_PKEY **out, cleat_error *err)
{
    cleat_slice n = cl_get_mpint(r), e = cl_get_mpint(r), d = cl_get_mpint(r);
    cleat_slice iqmp = cl_get_mpint(r), p = cl_get_mpint(r), q = cl_get_mpint(r);
    if (r->fault != CLEAT_OK)
        return cl_fail(err, CLEAT_E_KEY_FORMAT, "ssh-rsa key: expected six positive numbers");
    cleat_status st = check_public(n, e, err);
    if (st != CLEAT_OK)
        return st;
    if (d.len > n.len || iqmp.len > n.len || p.len > n.len || q.len > n.len)
        return cl_fail(err, CLEAT_E_KEY_FORMAT, "ssh-rsa key: a number exceeds the modulus");

    rsa_numbers k = {
        .n = cl_pkey_number(n, false),
        .e = cl_pkey_number(e, false),
        .d = cl_pkey_number(d, true),
        .iqmp = cl_pkey_number(iqmp, true),
        .p = cl_pkey_number(p, true),
        .q = cl_pkey_number(q, true),
    };
    BN_CTX *ctx = BN_CTX_secure_new_ex(env->lib);
    st = CLEAT_E_NOMEM;
    if (ctx && k.n && k.e && k.d && k.iqmp && k.p && k.q)
        st = numbers_agree(&k, ctx) ? build_private(t, env, &k, out) : CLEAT_E_KEY_FORMAT;
    BN_CTX_free(ctx);
    numbers_free(&k);
    ERR_clear_error();
    if (st == CLEAT_E_KEY_FORMAT)
        return cl_fail(err, st, "ssh-rsa key: the numbers do not belong together");
    return st == CLEAT_OK ? st : cl_fail(err, st, "ssh-rsa key: %s", cleat_status_text(st));
}

static cleat_status write_numbers(EVP_PKEY *pkey, const char *const *names, size_t count,
                                  cl_buf *out)
{
    cleat_status st = CLEAT_OK;
    for (size_t i = 0; i < count && st == CLEAT_OK; i++)
        st = cl_pkey_write_mpint(pkey, names[i], out);
    return st;
}

static cleat_status write_public(const cl_key_type *t, EVP_PKEY *pkey, cl_buf *out)
{
    static const char *const names[] = {OSSL_PKEY_PARAM_RSA_E, OSSL_PKEY_PARAM_RSA_N};
    (void)t;
    return write_numbers(pkey, names, 2, out);
}

/* OpenSSL names the prime that q is inverted modulo first: its factor 1 is p. */
static cleat_status write_private(const cl_key_type *t, EVP_PKEY *pkey, cl_buf *out)
{
    static const char *const names[] = {
        OSSL_PKEY_PARAM_RSA_N,       OSSL_PKEY_PARAM_RSA_E,
        OSSL_PKEY_PARAM_RSA_D,       OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
        OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2,
    };
    (void)t;
    return write_numbers(pkey, names, 6, out);
}

static cleat_status generate(const cl_key_type *t, const cl_env *env, unsigned bits, EVP_PKEY **out,
                             cleat_error *err)
{
    if (bits < CL_RSA_BITS_LEAST || bits > CL_RSA_BITS_MOST)
        return cl_fail(err, CLEAT_E_BAD_CALL, "RSA keys have %d to %d bits, not %u",
                       CL_RSA_BITS_LEAST, CL_RSA_BITS_MOST, bits);
    *out = EVP_PKEY_Q_keygen(env->lib, NULL, t->evp, (size_t)bits);
    return *out ? CLEAT_OK : cl_fail_crypto(err, "key generation");
}

static void ppk_join(const cl_key_type *t, cl_reader *open, cl_reader *secret, cl_buf *out)
{
    (void)t;
    cleat_slice e = cl_get_mpint(open), n = cl_get_mpint(open);
    cleat_slice d = cl_get_mpint(secret), p = cl_get_mpint(secret);
    cleat_slice q = cl_get_mpint(secret), iqmp = cl_get_mpint(secret);
    const cleat_slice order[] = {n, e, d, iqmp, p, q};
    for (size_t i = 0; i < CL_COUNT(order); i++)
        cl_put_mpint(out, order[i]);
}

static void ppk_split(const cl_key_type *t, cl_reader *fields, cl_buf *out)
{
    (void)t;
    cl_get_mpint(fields);
    cl_get_mpint(fields);
    cleat_slice d = cl_get_mpint(fields), iqmp = cl_get_mpint(fields);
    cleat_slice p = cl_get_mpint(fields), q = cl_get_mpint(fields);
    const cleat_slice order[] = {d, p, q, iqmp};
    for (size_t i = 0; i < CL_COUNT(order); i++)
        cl_put_mpint(out, order[i]);
}

const cl_key_type cl_key_rsa = {
    .name = "ssh-rsa",
    .cert_name = "ssh-rsa" CL_CERT_SUFFIX,
    .label = "RSA",
    .family = "rsa",
    .evp = "RSA",
    .default_bits = 3072,
    .sshfp = 1,
    .read_public = read_public,
    .read_private = read_private,
    .write_public = write_public,
    .write_private = write_private,
    .generate = generate,
    .ppk_join = ppk_join,
    .ppk_split = ppk_split,
};
