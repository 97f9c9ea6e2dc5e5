/* Hashing the message that is to be signed, or whose signature is to be verified. */
#include "../alg/ctx.h"
#include "../base/alloc.h"
#include "../base/compat.h"
#include "../base/error.h"
#include "sshsig.h"

#include <assert.h>

struct cleat_sshsig_digest {
    cleat_ctx *ctx;
    EVP_MD_CTX *work; /* NULL after the end */
    size_t len;
    uint8_t value[CL_HASH_MAX];
};

bool cl_sshsig_hash(cleat_slice name, cl_hash_id *id)
{
    static const struct {
        const char *name;
        cl_hash_id id;
    } hashes[] = {{"sha512", CL_SHA512}, {"sha256", CL_SHA256}};
    for (size_t i = 0; i < CL_COUNT(hashes); i++) {
        *id = hashes[i].id;
        if (cl_slice_is(name, hashes[i].name))
            return true;
    }
    return false;
}

static cleat_status start(cleat_sshsig_digest *d, cl_hash_id id)
{
    d->work = EVP_MD_CTX_new();
    d->len = cl_hash_len(id);
    return d->work ? cl_hash_start(d->work, cl_ctx_env(d->ctx)->hashes, id) : CLEAT_E_NOMEM;
}

cleat_status cleat_sshsig_digest_new(cleat_sshsig_digest **out, cleat_ctx *ctx, const char *hash,
                                     cleat_error *error)
{
    cl_hash_id id = CL_SHA512;
    *out = NULL;
    if (hash && !cl_sshsig_hash(cleat_slice_of(hash), &id))
        return cl_fail(error, CLEAT_E_UNSUPPORTED,
                       "signatures are made with sha512 or sha256, not with \"%.64s\"", hash);
    cleat_sshsig_digest *d = cl_alloc_zero(cl_ctx_env(ctx)->mem, sizeof *d);
    if (!d)
        return cl_fail(error, CLEAT_E_NOMEM, "out of memory");
    d->ctx = cleat_ctx_ref(ctx);
    cleat_status st = start(d, id);
    if (st == CLEAT_OK) {
        *out = d;
        return st;
    }
    cleat_sshsig_digest_free(d);
    return cl_fail(error, st, "%s", cleat_status_text(st));
}

cleat_status cleat_sshsig_digest_add(cleat_sshsig_digest *d, cleat_slice piece)
{
    return d->work ? cl_hash_more(d->work, piece) : CLEAT_E_BAD_CALL;
}

cleat_status cleat_sshsig_digest_end(cleat_sshsig_digest *d, cleat_slice *value)
{
    *value = CL_SLICE_EMPTY;
    cleat_status st = d->work ? cl_hash_end(d->work, d->value) : CLEAT_E_BAD_CALL;
    EVP_MD_CTX_free(d->work);
    d->work = NULL;
    if (st == CLEAT_OK)
        *value = cl_slice(d->value, d->len);
    return st;
}

void cleat_sshsig_digest_free(cleat_sshsig_digest *d)
{
    if (!d)
        return;
    cleat_ctx *ctx = d->ctx;
    EVP_MD_CTX_free(d->work);
    cl_alloc_free(cl_ctx_env(ctx)->mem, d);
    cleat_ctx_unref(ctx);
}
