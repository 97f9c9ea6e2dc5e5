/* ML-KEM: the public-key encryption scheme of FIPS 203 §5 and the KEM of §6 and §7 around it. */
#include "mlkem.h"

#include "mlkem_encode.h"
#include "mlkem_ntt.h"
#include "mlkem_sample.h"

#include "../base/ct.h"
#include "../base/slice.h"

#define SYM CL_MLKEM_SYM
#define POLY_LEN CL_MLKEM_POLY_LEN(CL_MLKEM_FULL_BITS)

const cl_mlkem_params cl_mlkem_768 = {
    .ek_len = 1184, .dk_len = 2400, .ct_len = 1088, .k = 3, .du = 10, .dv = 4};
const cl_mlkem_params cl_mlkem_1024 = {
    .ek_len = 1568, .dk_len = 3168, .ct_len = 1568, .k = 4, .du = 11, .dv = 5};

/* Everything one operation computes with, together so that it is wiped together. */
typedef struct scratch {
    cl_mlkem_factor factor;
    cl_mlkem_poly row[CL_MLKEM_K_MAX];
    cl_mlkem_poly sum;
    cl_mlkem_poly other;
} scratch;

/* Where the parts of a dk begin; see keygen. */
typedef struct dk_parts {
    const uint8_t *pke, *ek, *ek_hash, *z;
} dk_parts;

static dk_parts split_dk(const cl_mlkem_params *p, const uint8_t *dk)
{
    const uint8_t *ek = dk + p->k * POLY_LEN;
    return (dk_parts){dk, ek, ek + p->ek_len, ek + p->ek_len + SYM};
}

/* Row i of the public matrix A, or of its transpose. */
static cleat_status matrix_row(const cl_mlkem_params *p, const cl_mlkem_hasher *x,
                               const uint8_t *rho, uint8_t i, bool transposed, cl_mlkem_poly *row)
{
    cleat_status st = CLEAT_OK;
    for (uint8_t j = 0; st == CLEAT_OK && j < p->k; j++) {
        st = transposed ? cl_mlkem_sample_uniform(x, rho, i, j, &row[j])
                        : cl_mlkem_sample_uniform(x, rho, j, i, &row[j]);
    }
    return st;
}

/* The secret vector of a key pair or of an encryption, in the NTT domain and ready for products. */
static cleat_status secret_vector(const cl_mlkem_params *p, const cl_mlkem_hasher *x,
                                  const uint8_t *seed, cl_mlkem_factor *f)
{
    for (uint8_t i = 0; i < p->k; i++) {
        cleat_status st = cl_mlkem_sample_small(x, seed, i, &f->p[i]);
        if (st != CLEAT_OK)
            return st;
        cl_mlkem_ntt(&f->p[i]);
    }
    cl_mlkem_factor_prepare(f, p->k);
    return CLEAT_OK;
}

/* Algorithm 13: seeds is rho || sigma. */
static cleat_status pke_keygen(const cl_mlkem_params *p, const cl_mlkem_hasher *x,
                               const uint8_t *seeds, uint8_t *ek, uint8_t *dk)
{
    const uint8_t *sigma = seeds + SYM;
    scratch w;
    cleat_status st = secret_vector(p, x, sigma, &w.factor);
    for (uint8_t i = 0; st == CLEAT_OK && i < p->k; i++) {
        st = matrix_row(p, x, seeds, i, false, w.row);
        if (st == CLEAT_OK)
            st = cl_mlkem_sample_small(x, sigma, (uint8_t)(p->k + i), &w.other);
        if (st != CLEAT_OK)
            break;
        cl_mlkem_dot(&w.sum, w.row, &w.factor, p->k);
        cl_mlkem_unscale(&w.sum);
        cl_mlkem_ntt(&w.other);
        cl_mlkem_add(&w.sum, &w.other);
        cl_mlkem_encode(ek + i * POLY_LEN, &w.sum);
        cl_mlkem_encode(dk + i * POLY_LEN, &w.factor.p[i]);
    }
    memcpy(ek + p->k * POLY_LEN, seeds, SYM);
    cl_wipe(&w, sizeof w);
    return st;
}

/* One polynomial of a ciphertext: a times the factor, back from the NTT domain, plus noise. */
static cleat_status noisy_product(const cl_mlkem_params *p, const cl_mlkem_hasher *x,
                                  const uint8_t *coins, unsigned nonce, scratch *w)
{
    cleat_status st = cl_mlkem_sample_small(x, coins, (uint8_t)nonce, &w->other);
    if (st != CLEAT_OK)
        return st;
    cl_mlkem_dot(&w->sum, w->row, &w->factor, p->k);
    cl_mlkem_ntt_inverse(&w->sum);
    cl_mlkem_add(&w->sum, &w->other);
    return CLEAT_OK;
}

/* Algorithm 14. */
static cleat_status pke_encrypt(const cl_mlkem_params *p, const cl_mlkem_hasher *x,
                                const uint8_t *ek, const uint8_t *m, const uint8_t *coins,
                                uint8_t *ct)
{
    const uint8_t *rho = ek + p->k * POLY_LEN;
    scratch w;
    cleat_status st = secret_vector(p, x, coins, &w.factor);
    for (uint8_t i = 0; st == CLEAT_OK && i < p->k; i++) {
        st = matrix_row(p, x, rho, i, true, w.row);
        if (st == CLEAT_OK)
            st = noisy_product(p, x, coins, p->k + i, &w);
        if (st != CLEAT_OK)
            break;
        cl_mlkem_compress(ct, &w.sum, p->du);
        ct += CL_MLKEM_POLY_LEN(p->du);
    }
    for (size_t i = 0; i < p->k; i++)
        (void)cl_mlkem_decode(&w.row[i], ek + i * POLY_LEN); /* checked by encaps */
    if (st == CLEAT_OK)
        st = noisy_product(p, x, coins, 2u * p->k, &w);
    if (st == CLEAT_OK) {
        cl_mlkem_decompress(&w.other, m, 1);
        cl_mlkem_add(&w.sum, &w.other);
        cl_mlkem_compress(ct, &w.sum, p->dv);
    }
    cl_wipe(&w, sizeof w);
    return st;
}

/* Algorithm 15. */
static void pke_decrypt(const cl_mlkem_params *p, const uint8_t *dk, const uint8_t *ct, uint8_t *m)
{
    scratch w;
    for (size_t i = 0; i < p->k; i++) {
        cl_mlkem_decompress(&w.factor.p[i], ct, p->du);
        cl_mlkem_ntt(&w.factor.p[i]);
        (void)cl_mlkem_decode(&w.row[i], dk + i * POLY_LEN); /* reduced, as the algorithm says */
        ct += CL_MLKEM_POLY_LEN(p->du);
    }
    cl_mlkem_factor_prepare(&w.factor, p->k);
    cl_mlkem_dot(&w.sum, w.row, &w.factor, p->k);
    cl_mlkem_ntt_inverse(&w.sum);
    cl_mlkem_decompress(&w.other, ct, p->dv);
    cl_mlkem_subtract(&w.other, &w.sum);
    cl_mlkem_compress(m, &w.other, 1);
    cl_wipe(&w, sizeof w);
}

static cleat_status hasher_init(cl_mlkem_hasher *x, const cl_hashes *h)
{
    *x = (cl_mlkem_hasher){.hashes = h, .work = EVP_MD_CTX_new()};
    return x->work ? CLEAT_OK : CLEAT_E_NOMEM;
}

cleat_status cl_mlkem_keygen(const cl_mlkem_params *p, const cl_hashes *h,
                             const uint8_t seed[CL_MLKEM_SEED], uint8_t *ek, uint8_t *dk)
{
    /* dk = dk_PKE || ek || H(ek) || z */
    uint8_t *dk_ek = dk + p->k * POLY_LEN;
    uint8_t *dk_hash = dk_ek + p->ek_len;
    uint8_t seeds[2 * SYM];
    cl_mlkem_hasher x;
    cleat_status st = hasher_init(&x, h);
    if (st == CLEAT_OK)
        st = cl_mlkem_hash_g(&x, cl_slice(seed, SYM), cl_slice(&p->k, 1), seeds);
    if (st == CLEAT_OK)
        st = pke_keygen(p, &x, seeds, ek, dk);
    if (st == CLEAT_OK) {
        memcpy(dk_ek, ek, p->ek_len);
        memcpy(dk_hash + SYM, seed + SYM, SYM);
        st = cl_mlkem_hash_h(&x, cl_slice(ek, p->ek_len), dk_hash);
    }
    cl_wipe(seeds, sizeof seeds);
    EVP_MD_CTX_free(x.work);
    return st;
}

/* The modulus check of §7.2. */
static bool is_reduced(const cl_mlkem_params *p, const uint8_t *ek)
{
    cl_mlkem_poly t;
    bool reduced = true;
    for (size_t i = 0; i < p->k; i++)
        reduced = cl_mlkem_decode(&t, ek + i * POLY_LEN) && reduced;
    return reduced;
}

cleat_status cl_mlkem_encaps(const cl_mlkem_params *p, const cl_hashes *h, cleat_slice ek,
                             const uint8_t m[CL_MLKEM_MESSAGE], uint8_t *ct,
                             uint8_t shared[CL_MLKEM_SHARED])
{
    if (ek.len != p->ek_len || !is_reduced(p, ek.data))
        return CLEAT_E_KEX;

    uint8_t ek_hash[SYM];
    uint8_t key_and_coins[2 * SYM];
    cl_mlkem_hasher x;
    cleat_status st = hasher_init(&x, h);
    if (st == CLEAT_OK)
        st = cl_mlkem_hash_h(&x, ek, ek_hash);
    if (st == CLEAT_OK)
        st = cl_mlkem_hash_g(&x, cl_slice(m, SYM), cl_slice(ek_hash, SYM), key_and_coins);
    if (st == CLEAT_OK)
        st = pke_encrypt(p, &x, ek.data, m, key_and_coins + SYM, ct);
    if (st == CLEAT_OK)
        memcpy(shared, key_and_coins, CL_MLKEM_SHARED);
    cl_wipe(key_and_coins, sizeof key_and_coins);
    EVP_MD_CTX_free(x.work);
    return st;
}

/* Algorithm 18 on a dk that was checked. The two outcomes take the same time and are told apart
 * by nothing but the secret they give. */
static cleat_status decaps(const cl_mlkem_params *p, const cl_mlkem_hasher *x, dk_parts dk,
                           const uint8_t *ct, uint8_t shared[CL_MLKEM_SHARED])
{
    uint8_t m[CL_MLKEM_MESSAGE];
    uint8_t key_and_coins[2 * SYM];
    uint8_t rejection[CL_MLKEM_SHARED];
    uint8_t again[CL_MLKEM_CT_MAX];
    pke_decrypt(p, dk.pke, ct, m);
    cleat_status st =
        cl_mlkem_hash_g(x, cl_slice(m, SYM), cl_slice(dk.ek_hash, SYM), key_and_coins);
    if (st == CLEAT_OK)
        st = cl_mlkem_hash_j(x, cl_slice(dk.z, SYM), cl_slice(ct, p->ct_len), rejection);
    if (st == CLEAT_OK)
        st = pke_encrypt(p, x, dk.ek, m, key_and_coins + SYM, again);
    if (st == CLEAT_OK)
        cl_ct_choose(shared, key_and_coins, rejection, CL_MLKEM_SHARED,
                     cl_ct_equal(ct, again, p->ct_len));
    cl_wipe(m, sizeof m);
    cl_wipe(key_and_coins, sizeof key_and_coins);
    cl_wipe(rejection, sizeof rejection);
    cl_wipe(again, sizeof again);
    return st;
}

cleat_status cl_mlkem_decaps(const cl_mlkem_params *p, const cl_hashes *h, cleat_slice dk,
                             cleat_slice ct, uint8_t shared[CL_MLKEM_SHARED])
{
    if (dk.len != p->dk_len)
        return CLEAT_E_BAD_CALL;
    if (ct.len != p->ct_len)
        return CLEAT_E_KEX;

    dk_parts parts = split_dk(p, dk.data);
    uint8_t ek_hash[SYM];
    cl_mlkem_hasher x;
    cleat_status st = hasher_init(&x, h);
    if (st == CLEAT_OK)
        st = cl_mlkem_hash_h(&x, cl_slice(parts.ek, p->ek_len), ek_hash);
    if (st == CLEAT_OK && !cl_ct_equal(ek_hash, parts.ek_hash, SYM))
        st = CLEAT_E_BAD_CALL;
    if (st == CLEAT_OK)
        st = decaps(p, &x, parts, ct.data, shared);
    EVP_MD_CTX_free(x.work);
    return st;
}
