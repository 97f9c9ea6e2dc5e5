/* Kex methods that are one Diffie-Hellman function on a curve (RFC 5656 §4, RFC 8731 §3). */
#include "agree.h"

#include "../base/alloc.h"

struct cl_kex {
    const cl_agree *function;
    void *key;
};

cleat_status cl_agree_start(const cl_kex_alg *alg, const cl_env *env, cl_kex **kex,
                            cl_buf *our_public)
{
    const cl_agree *a = alg->params;
    *kex = NULL;
    cl_kex *k = cl_alloc_zero(env->mem, sizeof *k);
    if (!k)
        return CLEAT_E_NOMEM;
    k->function = a;
    cleat_status st = a->make(a, env, &k->key, our_public);
    if (st != CLEAT_OK) {
        cl_agree_free(env, k);
        return st;
    }
    *kex = k;
    return CLEAT_OK;
}

static cleat_status agree(const cl_agree *a, const cl_env *env, void *key, cleat_slice theirs,
                          cl_secret *shared)
{
    cleat_status st = cl_secret_init(shared, env->mem, a->shared_len);
    if (st == CLEAT_OK)
        st = a->agree(a, env, key, theirs, shared->data);
    if (st == CLEAT_OK)
        shared->len = a->shared_len;
    return st;
}

cleat_status cl_agree_reply(const cl_kex_alg *alg, const cl_env *env, cleat_slice theirs,
                            cl_buf *our_public, cl_secret *shared)
{
    const cl_agree *a = alg->params;
    void *key = NULL;
    *shared = (cl_secret){0};
    cleat_status st = a->make(a, env, &key, our_public);
    if (st == CLEAT_OK)
        st = agree(a, env, key, theirs, shared);
    a->drop(env, key);
    return st;
}

cleat_status cl_agree_finish(const cl_kex_alg *alg, const cl_env *env, cl_kex *kex,
                             cleat_slice theirs, cl_secret *shared)
{
    return agree(alg->params, env, kex->key, theirs, shared);
}

void cl_agree_free(const cl_env *env, cl_kex *kex)
{
    if (!kex)
        return;
    kex->function->drop(env, kex->key);
    cl_alloc_free(env->mem, kex);
}
