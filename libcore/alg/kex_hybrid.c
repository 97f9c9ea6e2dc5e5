/* Hybrids of a post-quantum KEM and a curve: mlkem768x25519-sha256 and its kin with NIST curves,
 * and sntrup761x25519-sha512. Public values are the KEM's followed by the curve's; the exchange
 * yields the string HASH(K_PQ || K_CL), so it is as strong as the stronger of the two. */
#include "../base/compat.h"
#include "../base/alloc.h"
#include "../base/ct.h"
#include "../base/slice.h"
#include "agree.h"
#include "kem.h"
#include "rows.h"

typedef struct hybrid {
    const cl_kem *kem;
    const cl_agree *agree;
} hybrid;

struct cl_kex {
    const hybrid *halves;
    cl_secret kem_key;
    void *agree_key;
};

static void hybrid_free(const cl_env *env, cl_kex *kex)
{
    if (!kex)
        return;
    cl_secret_free(&kex->kem_key);
    kex->halves->agree->drop(env, kex->agree_key);
    cl_alloc_free(env->mem, kex);
}

static cleat_status make_keys(const cl_env *env, cl_kex *k, cl_buf *our_public)
{
    const cl_kem *kem = k->halves->kem;
    const cl_agree *agree = k->halves->agree;
    cleat_status st = cl_secret_init(&k->kem_key, env->mem, kem->secret_len);
    if (st != CLEAT_OK)
        return st;
    uint8_t *at = cl_buf_extend(our_public, kem->public_len);
    if (!at)
        return our_public->status;
    st = kem->keygen(kem, env, at, k->kem_key.data);
    if (st != CLEAT_OK)
        return st;
    k->kem_key.len = kem->secret_len;
    return agree->make(agree, env, &k->agree_key, our_public);
}

static cleat_status start(const cl_kex_alg *alg, const cl_env *env, cl_kex **kex,
                          cl_buf *our_public)
{
    *kex = NULL;
    cl_kex *k = cl_alloc_zero(env->mem, sizeof *k);
    if (!k)
        return CLEAT_E_NOMEM;
    k->halves = alg->params;
    cleat_status st = make_keys(env, k, our_public);
    if (st != CLEAT_OK) {
        hybrid_free(env, k);
        return st;
    }
    *kex = k;
    return CLEAT_OK;
}

/* The two secrets side by side, wiped by whoever declares it. */
typedef struct secrets {
    uint8_t kem[CL_KEM_SHARED];
    uint8_t agree[CL_AGREE_SHARED_MAX];
} secrets;

static cleat_status combine(const cl_kex_alg *alg, const cl_env *env, const secrets *both,
                            cl_secret *shared)
{
    const hybrid *h = alg->params;
    size_t len = cl_hash_len(alg->hash);
    const cleat_slice parts[] = {cl_slice(both->kem, sizeof both->kem),
                                 cl_slice(both->agree, h->agree->shared_len)};
    cleat_status st = cl_secret_init(shared, env->mem, len);
    if (st == CLEAT_OK)
        st = cl_hash_once(env->hashes, alg->hash, parts, CL_COUNT(parts), shared->data);
    if (st == CLEAT_OK)
        shared->len = len;
    return st;
}

static cleat_status encapsulate(const cl_kem *kem, const cl_env *env, cleat_slice public_key,
                                cl_buf *our_public, uint8_t *shared)
{
    uint8_t *at = cl_buf_extend(our_public, kem->ciphertext_len);
    return at ? kem->encaps(kem, env, public_key, at, shared) : our_public->status;
}

static cleat_status reply(const cl_kex_alg *alg, const cl_env *env, cleat_slice theirs,
                          cl_buf *our_public, cl_secret *shared)
{
    const hybrid *h = alg->params;
    secrets both = {0};
    void *key = NULL;
    *shared = (cl_secret){0};
    if (theirs.len != h->kem->public_len + h->agree->public_len)
        return CLEAT_E_KEX;
    cleat_slice kem_public = cl_slice_cut(theirs, 0, h->kem->public_len);
    cleat_slice agree_public = cl_slice_cut(theirs, h->kem->public_len, theirs.len);
    cleat_status st = encapsulate(h->kem, env, kem_public, our_public, both.kem);
    if (st == CLEAT_OK)
        st = h->agree->make(h->agree, env, &key, our_public);
    if (st == CLEAT_OK)
        st = h->agree->agree(h->agree, env, key, agree_public, both.agree);
    if (st == CLEAT_OK)
        st = combine(alg, env, &both, shared);
    h->agree->drop(env, key);
    cl_wipe(&both, sizeof both);
    return st;
}

static cleat_status finish(const cl_kex_alg *alg, const cl_env *env, cl_kex *kex,
                           cleat_slice theirs, cl_secret *shared)
{
    const hybrid *h = alg->params;
    secrets both = {0};
    *shared = (cl_secret){0};
    if (theirs.len != h->kem->ciphertext_len + h->agree->public_len)
        return CLEAT_E_KEX;
    cleat_slice ciphertext = cl_slice_cut(theirs, 0, h->kem->ciphertext_len);
    cleat_slice agree_public = cl_slice_cut(theirs, h->kem->ciphertext_len, theirs.len);
    cleat_slice kem_key = cl_slice(kex->kem_key.data, kex->kem_key.len);
    cleat_status st = h->kem->decaps(h->kem, env, kem_key, ciphertext, both.kem);
    if (st == CLEAT_OK)
        st = h->agree->agree(h->agree, env, kex->agree_key, agree_public, both.agree);
    if (st == CLEAT_OK)
        st = combine(alg, env, &both, shared);
    cl_wipe(&both, sizeof both);
    return st;
}

static const hybrid mlkem768_x25519 = {&cl_kem_mlkem768, &cl_agree_x25519};
static const hybrid mlkem768_nistp256 = {&cl_kem_mlkem768, &cl_agree_nistp256};
static const hybrid mlkem1024_nistp384 = {&cl_kem_mlkem1024, &cl_agree_nistp384};
static const hybrid sntrup761_x25519 = {&cl_kem_sntrup761, &cl_agree_x25519};

const cl_kex_alg cl_kex_mlkem768_x25519 = {
    .name = "mlkem768x25519-sha256",
    .hash = CL_SHA256,
    .flags = CL_ALG_DEFAULT | CL_ALG_POST_QUANTUM | CL_KEX_SHARED_STRING,
    .params = &mlkem768_x25519,
    .start = start,
    .reply = reply,
    .finish = finish,
    .free = hybrid_free,
};

const cl_kex_alg cl_kex_mlkem768_nistp256 = {
    .name = "mlkem768nistp256-sha256",
    .hash = CL_SHA256,
    .flags = CL_ALG_POST_QUANTUM | CL_KEX_SHARED_STRING,
    .params = &mlkem768_nistp256,
    .start = start,
    .reply = reply,
    .finish = finish,
    .free = hybrid_free,
};

const cl_kex_alg cl_kex_mlkem1024_nistp384 = {
    .name = "mlkem1024nistp384-sha384",
    .hash = CL_SHA384,
    .flags = CL_ALG_POST_QUANTUM | CL_KEX_SHARED_STRING,
    .params = &mlkem1024_nistp384,
    .start = start,
    .reply = reply,
    .finish = finish,
    .free = hybrid_free,
};

const cl_kex_alg cl_kex_sntrup761_x25519 = {
    .name = "sntrup761x25519-sha512",
    .hash = CL_SHA512,
    .flags = CL_ALG_DEFAULT | CL_ALG_POST_QUANTUM | CL_KEX_SHARED_STRING,
    .params = &sntrup761_x25519,
    .start = start,
    .reply = reply,
    .finish = finish,
    .free = hybrid_free,
};

const cl_kex_alg cl_kex_sntrup761_x25519_openssh = {
    .name = "sntrup761x25519-sha512@openssh.com",
    .hash = CL_SHA512,
    .flags = CL_ALG_DEFAULT | CL_ALG_POST_QUANTUM | CL_KEX_SHARED_STRING,
    .params = &sntrup761_x25519,
    .start = start,
    .reply = reply,
    .finish = finish,
    .free = hybrid_free,
};
