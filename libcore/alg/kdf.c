/* Keys out of K and H (RFC 4253 §7.2). */
#include "../base/ct.h"
#include "../base/slice.h"
#include "alg.h"

/* K1 = HASH(K || H || letter || session_id), then Kn = HASH(K || H || K1 || ... || Kn-1). The
 * secret's memory is a whole number of hash outputs, cut down to len at the end. */
static cleat_status fill(EVP_MD_CTX *work, const cl_env *env, cl_hash_id hash, cleat_slice k,
                         cleat_slice h, cleat_slice letter, cleat_slice session_id, cl_secret *out)
{
    size_t step = cl_hash_len(hash);
    const cleat_slice first[] = {k, h, letter, session_id};
    cleat_status st = cl_hash_into(work, env->hashes, hash, first, 4, out->data, step);
    for (size_t have = step; st == CLEAT_OK && have < out->cap; have += step) {
        const cleat_slice more[] = {k, h, cl_slice(out->data, have)};
        st = cl_hash_into(work, env->hashes, hash, more, 3, out->data + have, step);
    }
    return st;
}

cleat_status cl_kdf(const cl_env *env, cl_hash_id hash, cleat_slice k, cleat_slice h, char letter,
                    cleat_slice session_id, size_t len, cl_secret *out)
{
    size_t step = cl_hash_len(hash);
    size_t rounds = len > step ? (len + step - 1) / step : 1;
    cleat_status st = cl_secret_init(out, env->mem, rounds * step);
    if (st != CLEAT_OK)
        return st;
    EVP_MD_CTX *work = EVP_MD_CTX_new();
    st = work ? fill(work, env, hash, k, h, cl_slice(&letter, 1), session_id, out) : CLEAT_E_NOMEM;
    EVP_MD_CTX_free(work);
    if (st == CLEAT_OK)
        out->len = len;
    return st;
}
