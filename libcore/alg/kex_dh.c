/* Diffie-Hellman over finite fields: the fixed groups (RFC 4253 §8, RFC 8268) and the arithmetic
 * of groups that a server chose (RFC 4419). */
#include "../base/alloc.h"
#include "../base/compat.h"
#include "../base/ct.h"
#include "../base/slice.h"
#include "alg.h"
#include "dh_groups.h"
#include "rows.h"

#include <openssl/bn.h>

enum { BITS_MIN = 2048, BITS_MAX = 8192 };

/* The secret exponent: finding it costs half as many bits of work (Pollard's kangaroos), which is
 * more than the discrete logarithm in the largest of our groups. */
enum { EXPONENT_LEN = 64 };

static const uint8_t generator[] = {2};

struct cl_kex {
    BIGNUM *p;
    BIGNUM *exponent;
};

void cl_dh_free(const cl_env *env, cl_kex *kex)
{
    if (!kex)
        return;
    BN_free(kex->p);
    BN_clear_free(kex->exponent);
    cl_alloc_free(env->mem, kex);
}

static cleat_status read_number(cleat_slice magnitude, BIGNUM **out)
{
    if (magnitude.len > BITS_MAX / 8)
        return CLEAT_E_KEX;
    *out = BN_bin2bn(magnitude.data, (int)magnitude.len, NULL);
    return *out ? CLEAT_OK : CLEAT_E_NOMEM;
}

/* 1 < v < p - 1: the rest generates at most two values (RFC 4253 §8). */
static cleat_status check_range(const BIGNUM *v, const BIGNUM *p)
{
    BIGNUM *top = BN_dup(p);
    cleat_status st = CLEAT_E_NOMEM;
    if (top && BN_sub_word(top, 1))
        st = BN_cmp(v, BN_value_one()) > 0 && BN_cmp(v, top) < 0 ? CLEAT_OK : CLEAT_E_KEX;
    BN_free(top);
    return st;
}

static cleat_status check_prime(const BIGNUM *p)
{
    int bits = BN_num_bits(p);
    return BN_is_odd(p) && bits >= BITS_MIN && bits <= BITS_MAX ? CLEAT_OK : CLEAT_E_KEX;
}

static cleat_status draw_exponent(const cl_env *env, cl_kex *k)
{
    uint8_t bytes[EXPONENT_LEN];
    cleat_status st = cl_random_fill(env, bytes, sizeof bytes);
    if (st != CLEAT_OK)
        return st;
    bytes[0] |= 0x80; /* full length, whatever was drawn */
    k->exponent = BN_bin2bn(bytes, sizeof bytes, NULL);
    cl_wipe(bytes, sizeof bytes);
    if (!k->exponent)
        return CLEAT_E_NOMEM;
    BN_set_flags(k->exponent, BN_FLG_CONSTTIME);
    return CLEAT_OK;
}

/* base^exponent mod p; the caller frees *out with BN_clear_free. */
static cleat_status raise(const cl_kex *k, const BIGNUM *base, BIGNUM **out)
{
    BN_CTX *work = BN_CTX_new();
    BIGNUM *power = BN_new();
    cleat_status st = CLEAT_E_NOMEM;
    if (work && power)
        st = BN_mod_exp_mont_consttime(power, base, k->exponent, k->p, work, NULL) ? CLEAT_OK
                                                                                   : CLEAT_E_CRYPTO;
    BN_CTX_free(work);
    if (st != CLEAT_OK) {
        BN_clear_free(power);
        power = NULL;
    }
    *out = power;
    return st;
}

static cleat_status put_public(const cl_kex *k, const BIGNUM *g, cl_buf *our_public)
{
    BIGNUM *y = NULL;
    cleat_status st = raise(k, g, &y);
    /* a generator that was chosen with malice may lead to a trivial value */
    if (st == CLEAT_OK)
        st = check_range(y, k->p);
    if (st == CLEAT_OK) {
        uint8_t *at = cl_buf_extend(our_public, (size_t)BN_num_bytes(y));
        if (at)
            BN_bn2bin(y, at);
        st = our_public->status;
    }
    BN_free(y);
    return st;
}

cleat_status cl_dh_start(const cl_env *env, cleat_slice p, cleat_slice g, cl_kex **kex,
                         cl_buf *our_public)
{
    BIGNUM *base = NULL;
    cl_kex *k = cl_alloc_zero(env->mem, sizeof *k);
    *kex = k;
    if (!k)
        return CLEAT_E_NOMEM;
    cleat_status st = read_number(p, &k->p);
    if (st == CLEAT_OK)
        st = read_number(g, &base);
    if (st == CLEAT_OK)
        st = check_prime(k->p);
    if (st == CLEAT_OK)
        st = check_range(base, k->p);
    if (st == CLEAT_OK)
        st = draw_exponent(env, k);
    if (st == CLEAT_OK)
        st = put_public(k, base, our_public);
    BN_free(base);
    if (st != CLEAT_OK) {
        cl_dh_free(env, k);
        *kex = NULL;
    }
    return st;
}

/* As long as p, so that its copy's time does not tell how long it is. */
static cleat_status put_shared(const cl_env *env, const cl_kex *k, const BIGNUM *power,
                               cl_secret *shared)
{
    size_t len = (size_t)BN_num_bytes(k->p);
    cleat_status st = cl_secret_init(shared, env->mem, len);
    if (st != CLEAT_OK)
        return st;
    if (BN_bn2binpad(power, shared->data, (int)len) != (int)len)
        return CLEAT_E_CRYPTO;
    shared->len = len;
    return CLEAT_OK;
}

cleat_status cl_dh_finish(const cl_env *env, cl_kex *kex, cleat_slice theirs, cl_secret *shared)
{
    BIGNUM *y = NULL;
    BIGNUM *power = NULL;
    *shared = (cl_secret){0};
    cleat_status st = read_number(theirs, &y);
    if (st == CLEAT_OK)
        st = check_range(y, kex->p);
    if (st == CLEAT_OK)
        st = raise(kex, y, &power);
    if (st == CLEAT_OK)
        st = check_range(power, kex->p);
    if (st == CLEAT_OK)
        st = put_shared(env, kex, power, shared);
    BN_clear_free(power);
    BN_free(y);
    return st;
}

bool cl_dh_fixed_group(uint32_t min, uint32_t n, uint32_t max, cleat_slice *p, cleat_slice *g)
{
    static const cl_dh_group *const groups[] = {&cl_dh_group14, &cl_dh_group15, &cl_dh_group16,
                                                &cl_dh_group17, &cl_dh_group18};
    const cl_dh_group *best = NULL;
    for (size_t i = 0; i < CL_COUNT(groups); i++) {
        size_t bits = groups[i]->len * 8;
        if (bits < min || bits > max)
            continue;
        /* the smallest that is large enough, else the largest there is */
        if (!best || best->len * 8 < n)
            best = groups[i];
    }
    if (!best)
        return false;
    *p = cl_slice(best->prime, best->len);
    *g = cl_slice(generator, sizeof generator);
    return true;
}

static cleat_status start(const cl_kex_alg *alg, const cl_env *env, cl_kex **kex,
                          cl_buf *our_public)
{
    const cl_dh_group *group = alg->params;
    return cl_dh_start(env, cl_slice(group->prime, group->len),
                       cl_slice(generator, sizeof generator), kex, our_public);
}

static cleat_status finish(const cl_kex_alg *alg, const cl_env *env, cl_kex *kex,
                           cleat_slice theirs, cl_secret *shared)
{
    (void)alg;
    return cl_dh_finish(env, kex, theirs, shared);
}

static cleat_status reply(const cl_kex_alg *alg, const cl_env *env, cleat_slice theirs,
                          cl_buf *our_public, cl_secret *shared)
{
    cl_kex *kex = NULL;
    *shared = (cl_secret){0};
    cleat_status st = start(alg, env, &kex, our_public);
    if (st == CLEAT_OK)
        st = cl_dh_finish(env, kex, theirs, shared);
    cl_dh_free(env, kex);
    return st;
}

const cl_kex_alg cl_kex_dh_group14_sha256 = {
    .name = "diffie-hellman-group14-sha256",
    .hash = CL_SHA256,
    .flags = CL_ALG_DEFAULT_CLIENT | CL_KEX_PUBLIC_MPINT,
    .params = &cl_dh_group14,
    .start = start,
    .reply = reply,
    .finish = finish,
    .free = cl_dh_free,
};

const cl_kex_alg cl_kex_dh_group15_sha512 = {
    .name = "diffie-hellman-group15-sha512",
    .hash = CL_SHA512,
    .flags = CL_KEX_PUBLIC_MPINT,
    .params = &cl_dh_group15,
    .start = start,
    .reply = reply,
    .finish = finish,
    .free = cl_dh_free,
};

const cl_kex_alg cl_kex_dh_group16_sha512 = {
    .name = "diffie-hellman-group16-sha512",
    .hash = CL_SHA512,
    .flags = CL_ALG_DEFAULT_CLIENT | CL_KEX_PUBLIC_MPINT,
    .params = &cl_dh_group16,
    .start = start,
    .reply = reply,
    .finish = finish,
    .free = cl_dh_free,
};

const cl_kex_alg cl_kex_dh_group17_sha512 = {
    .name = "diffie-hellman-group17-sha512",
    .hash = CL_SHA512,
    .flags = CL_KEX_PUBLIC_MPINT,
    .params = &cl_dh_group17,
    .start = start,
    .reply = reply,
    .finish = finish,
    .free = cl_dh_free,
};

const cl_kex_alg cl_kex_dh_group18_sha512 = {
    .name = "diffie-hellman-group18-sha512",
    .hash = CL_SHA512,
    .flags = CL_ALG_DEFAULT_CLIENT | CL_KEX_PUBLIC_MPINT,
    .params = &cl_dh_group18,
    .start = start,
    .reply = reply,
    .finish = finish,
    .free = cl_dh_free,
};

const cl_kex_alg cl_kex_dh_group14_sha1 = {
    .name = "diffie-hellman-group14-sha1",
    .hash = CL_SHA1,
    .flags = CL_ALG_LEGACY | CL_KEX_PUBLIC_MPINT,
    .params = &cl_dh_group14,
    .start = start,
    .reply = reply,
    .finish = finish,
    .free = cl_dh_free,
};

const cl_kex_alg cl_kex_dh_gex_sha256 = {
    .name = "diffie-hellman-group-exchange-sha256",
    .hash = CL_SHA256,
    .flags = CL_ALG_DEFAULT_CLIENT | CL_KEX_PUBLIC_MPINT,
    .dialog = CL_DIALOG_GEX,
};

const cl_kex_alg cl_kex_dh_gex_sha1 = {
    .name = "diffie-hellman-group-exchange-sha1",
    .hash = CL_SHA1,
    .flags = CL_ALG_LEGACY | CL_KEX_PUBLIC_MPINT,
    .dialog = CL_DIALOG_GEX,
};
