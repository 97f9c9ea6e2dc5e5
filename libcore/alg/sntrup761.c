/* The KEM sntrup761: the one-way scheme of Streamlined NTRU Prime and the transformation with
 * implicit rejection and key confirmation around it. */
#include "sntrup761.h"

#include "sntrup761_encode.h"
#include "sntrup761_invert.h"
#include "sntrup761_poly.h"
#include "sntrup761_sample.h"

#include "../base/ct.h"
#include "../base/slice.h"

#define SMALL CL_SNTRUP_SMALL_LEN
#define HASH 32

/* Where the parts of a secret key begin: f, 1/g, the public key, rho for rejections, and the hash
 * of the public key. */
#define SK_G SMALL
#define SK_PK (2 * SMALL)
#define SK_RHO (SK_PK + CL_SNTRUP761_PK)
#define SK_PK_HASH (SK_RHO + SMALL)

/* The specification tells its hashes apart by a first byte. 0 is the session key of a rejected
 * ciphertext, so that the byte is the outcome of the comparison. */
typedef enum hash_role {
    ROLE_REJECTED = 0,
    ROLE_SESSION = 1,
    ROLE_CONFIRM = 2,
    ROLE_SECRET = 3,
    ROLE_PUBLIC_KEY = 4,
} hash_role;

/* The first half of SHA-512(role || a || b). */
static cleat_status hash(const cl_hashes *h, uint8_t role, cleat_slice a, cleat_slice b,
                         uint8_t out[HASH])
{
    const cleat_slice parts[] = {cl_slice(&role, 1), a, b};
    uint8_t full[2 * HASH];
    cleat_status st = cl_hash_once(h, CL_SHA512, parts, 3, full);
    if (st == CLEAT_OK)
        memcpy(out, full, HASH);
    cl_wipe(full, sizeof full);
    return st;
}

/* SHA-512(role || SHA-512(3 || secret) || b), halves as above. */
static cleat_status hash_of_secret(const cl_hashes *h, uint8_t role, const uint8_t *secret,
                                   cleat_slice b, uint8_t out[HASH])
{
    uint8_t inner[HASH];
    cleat_status st = hash(h, ROLE_SECRET, cl_slice(secret, SMALL), CL_SLICE_EMPTY, inner);
    if (st == CLEAT_OK)
        st = hash(h, role, cl_slice(inner, HASH), b, out);
    cl_wipe(inner, sizeof inner);
    return st;
}

/* A small polynomial with its reciprocal in R/3. Few have none. */
static cleat_status sample_invertible(const cleat_random *random, cl_sntrup_poly *g,
                                      cl_sntrup_poly *reciprocal)
{
    cleat_status st;
    do {
        st = cl_sntrup_sample_small(random, g);
    } while (st == CLEAT_OK && !cl_sntrup_invert_3(reciprocal, g));
    return st;
}

/* h = g / (3f), written into pk; f and 1/g into sk. */
static cleat_status make_pair(const cleat_random *random, uint8_t *pk, uint8_t *sk)
{
    struct {
        cl_sntrup_poly f, g, reciprocal, h;
    } w;
    cleat_status st = sample_invertible(random, &w.g, &w.reciprocal);
    if (st == CLEAT_OK)
        st = cl_sntrup_sample_short(random, &w.f);
    if (st == CLEAT_OK) {
        cl_sntrup_encode_small(sk, &w.f);
        cl_sntrup_encode_small(sk + SK_G, &w.reciprocal);
        cl_sntrup_invert_q(&w.reciprocal, &w.f);
        cl_sntrup_mul(&w.h, &w.reciprocal, &w.g);
        cl_sntrup_encode_rq(pk, &w.h);
    }
    cl_wipe(&w, sizeof w);
    return st;
}

cleat_status cl_sntrup761_keygen(const cleat_random *random, const cl_hashes *h,
                                 uint8_t pk[CL_SNTRUP761_PK], uint8_t sk[CL_SNTRUP761_SK])
{
    cleat_status st = make_pair(random, pk, sk);
    if (st != CLEAT_OK)
        return st;
    memcpy(sk + SK_PK, pk, CL_SNTRUP761_PK);
    if (random->fill(random->user, sk + SK_RHO, SMALL) != CLEAT_OK)
        return CLEAT_E_RANDOM;
    return hash(h, ROLE_PUBLIC_KEY, cl_slice(pk, CL_SNTRUP761_PK), CL_SLICE_EMPTY, sk + SK_PK_HASH);
}

/* The whole ciphertext for one short r: h * r rounded, and the hash that confirms r. r_bytes
 * receives r's encoding. */
static cleat_status encrypt(const cl_hashes *h, const uint8_t *pk, const uint8_t *pk_hash,
                            const cl_sntrup_poly *r, uint8_t *r_bytes, uint8_t *ct)
{
    cl_sntrup_poly key, product;
    cl_sntrup_decode_rq(&key, pk);
    cl_sntrup_mul(&product, &key, r);
    cl_sntrup_round(&product);
    cl_sntrup_encode_rounded(ct, &product);
    cl_sntrup_encode_small(r_bytes, r);
    cl_wipe(&product, sizeof product);
    return hash_of_secret(h, ROLE_CONFIRM, r_bytes, cl_slice(pk_hash, HASH),
                          ct + CL_SNTRUP_ROUNDED_LEN);
}

cleat_status cl_sntrup761_encaps(const cleat_random *random, const cl_hashes *h, cleat_slice pk,
                                 uint8_t ct[CL_SNTRUP761_CT], uint8_t shared[CL_SNTRUP761_SHARED])
{
    if (pk.len != CL_SNTRUP761_PK)
        return CLEAT_E_KEX;

    cl_sntrup_poly r;
    uint8_t r_bytes[SMALL];
    uint8_t pk_hash[HASH];
    cleat_status st = hash(h, ROLE_PUBLIC_KEY, pk, CL_SLICE_EMPTY, pk_hash);
    if (st == CLEAT_OK)
        st = cl_sntrup_sample_short(random, &r);
    if (st == CLEAT_OK)
        st = encrypt(h, pk.data, pk_hash, &r, r_bytes, ct);
    if (st == CLEAT_OK)
        st = hash_of_secret(h, ROLE_SESSION, r_bytes, cl_slice(ct, CL_SNTRUP761_CT), shared);
    cl_wipe(&r, sizeof r);
    cl_wipe(r_bytes, sizeof r_bytes);
    return st;
}

/* Replaces r by a fixed polynomial of weight w unless it has that weight itself. */
static void force_weight(cl_sntrup_poly *r)
{
    cl_sntrup_poly fixed = {0};
    uint32_t weight = 0;
    for (size_t i = 0; i < CL_SNTRUP_W; i++)
        fixed.c[i] = 1;
    for (size_t i = 0; i < CL_SNTRUP_P; i++)
        weight += (uint32_t)(r->c[i] & 1);
    cl_ct_choose((uint8_t *)r->c, (const uint8_t *)r->c, (const uint8_t *)fixed.c, sizeof r->c,
                 weight == CL_SNTRUP_W);
}

/* r from the ciphertext: ((3f * c mod q) mod 3) / g. */
static void decrypt(const uint8_t *sk, const uint8_t *ct, cl_sntrup_poly *r)
{
    struct {
        cl_sntrup_poly small, c, e;
    } w;
    cl_sntrup_decode_small(&w.small, sk);
    cl_sntrup_decode_rounded(&w.c, ct);
    cl_sntrup_mul(&w.e, &w.c, &w.small);
    cl_sntrup_triple(&w.e);
    cl_sntrup_mod_3(&w.e);
    cl_sntrup_decode_small(&w.small, sk + SK_G);
    cl_sntrup_mul(r, &w.e, &w.small);
    cl_sntrup_mod_3(r);
    force_weight(r);
    cl_wipe(&w, sizeof w);
}

cleat_status cl_sntrup761_decaps(const cl_hashes *h, cleat_slice sk, cleat_slice ct,
                                 uint8_t shared[CL_SNTRUP761_SHARED])
{
    if (sk.len != CL_SNTRUP761_SK)
        return CLEAT_E_BAD_CALL;
    if (ct.len != CL_SNTRUP761_CT)
        return CLEAT_E_KEX;

    cl_sntrup_poly r;
    uint8_t r_bytes[SMALL];
    uint8_t again[CL_SNTRUP761_CT];
    decrypt(sk.data, ct.data, &r);
    cleat_status st = encrypt(h, sk.data + SK_PK, sk.data + SK_PK_HASH, &r, r_bytes, again);
    if (st == CLEAT_OK) {
        bool same = cl_ct_equal(ct.data, again, sizeof again);
        cl_ct_choose(r_bytes, r_bytes, sk.data + SK_RHO, SMALL, same);
        st = hash_of_secret(h, (uint8_t)same, r_bytes, ct, shared); /* SESSION or REJECTED */
    }
    cl_wipe(&r, sizeof r);
    cl_wipe(r_bytes, sizeof r_bytes);
    cl_wipe(again, sizeof again);
    return st;
}
