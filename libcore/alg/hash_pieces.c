/* Hashes of what comes in pieces: the public side of hash.c. */
#include "../base/alloc.h"
#include "../base/slice.h"
#include "ctx.h"
#include "hash.h"

#include <cleat/hash.h>

struct cleat_hash {
    cleat_ctx *ctx;
    cl_hash_id id;
    EVP_MD_CTX *work;
    bool begun;
};

static const struct {
    const char *name;
    cl_hash_id id;
} names[] = {{"md5", CL_MD5},
             {"sha1", CL_SHA1},
             {"sha256", CL_SHA256},
             {"sha384", CL_SHA384},
             {"sha512", CL_SHA512}};

static bool find(cleat_slice name, cl_hash_id *id)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        *id = names[i].id;
        if (cl_slice_is(name, names[i].name))
            return true;
    }
    return false;
}

cleat_status cleat_hash_new(cleat_hash **out, cleat_ctx *ctx, const char *name, size_t len)
{
    const cl_env *env = cl_ctx_env(ctx);
    cl_hash_id id;
    *out = NULL;
    if (!find(cl_slice(name, len), &id) || !env->hashes->md[id])
        return CLEAT_E_UNSUPPORTED;
    cleat_hash *h = cl_alloc_zero(env->mem, sizeof *h);
    if (!h)
        return CLEAT_E_NOMEM;
    h->ctx = cleat_ctx_ref(ctx);
    h->id = id;
    h->work = EVP_MD_CTX_new();
    if (h->work)
        *out = h;
    else
        cleat_hash_free(h);
    return *out ? CLEAT_OK : CLEAT_E_NOMEM;
}

static cleat_status begin(cleat_hash *h)
{
    if (!h->begun && !EVP_DigestInit_ex2(h->work, cl_ctx_env(h->ctx)->hashes->md[h->id], NULL))
        return CLEAT_E_CRYPTO;
    h->begun = true;
    return CLEAT_OK;
}

cleat_status cleat_hash_update(cleat_hash *h, cleat_slice bytes)
{
    cleat_status st = begin(h);
    if (st == CLEAT_OK && !EVP_DigestUpdate(h->work, bytes.data, bytes.len))
        st = CLEAT_E_CRYPTO;
    return st;
}

cleat_status cleat_hash_final(cleat_hash *h, uint8_t out[CLEAT_HASH_MAX], size_t *len)
{
    cleat_status st = begin(h);
    *len = cl_hash_len(h->id);
    if (st == CLEAT_OK && !EVP_DigestFinal_ex(h->work, out, NULL))
        st = CLEAT_E_CRYPTO;
    h->begun = false;
    return st;
}

void cleat_hash_free(cleat_hash *h)
{
    if (!h)
        return;
    const cleat_allocator *mem = cl_ctx_env(h->ctx)->mem;
    EVP_MD_CTX_free(h->work);
    cleat_ctx_unref(h->ctx);
    cl_alloc_free(mem, h);
}
