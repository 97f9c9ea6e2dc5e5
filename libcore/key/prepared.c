/* Signing and verifying by OpenSSL. */
#include "prepared.h"

#include "../base/alloc.h"
#include "key.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

enum { DIGESTS = 4 };

/* Any number of threads may use a key: whoever comes first leaves what it has set up. */
typedef _Atomic(EVP_MD_CTX *) model;

struct cl_prepared {
    model sign[DIGESTS], verify[DIGESTS];
};

typedef int (*set_up_fn)(EVP_MD_CTX *ctx, EVP_PKEY_CTX **pctx, const char *digest,
                         OSSL_LIB_CTX *lib, const char *properties, EVP_PKEY *pkey,
                         const OSSL_PARAM *params);

cl_prepared *cl_prepared_new(const cleat_allocator *mem)
{
    return cl_alloc_zero(mem, sizeof(cl_prepared));
}

void cl_prepared_free(cl_prepared *p, const cleat_allocator *mem)
{
    for (size_t i = 0; p && i < DIGESTS; i++) {
        EVP_MD_CTX_free(atomic_load(&p->sign[i]));
        EVP_MD_CTX_free(atomic_load(&p->verify[i]));
    }
    cl_alloc_free(mem, p);
}

/* NULL: nothing is kept. OpenSSL 3.0 cannot copy what has no digest. */
static model *model_for(model models[DIGESTS], const char *digest)
{
    static const char *const names[DIGESTS] = {"SHA1", "SHA256", "SHA384", "SHA512"};
    for (size_t i = 0; digest && i < DIGESTS; i++) {
        if (strcmp(names[i], digest) == 0)
            return &models[i];
    }
    return NULL;
}

static EVP_MD_CTX *set_up(const cleat_key *key, const char *digest, set_up_fn how)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (ctx && how(ctx, NULL, digest, key->env->lib, NULL, key->pkey, NULL) == 1)
        return ctx;
    EVP_MD_CTX_free(ctx);
    return NULL;
}

static EVP_MD_CTX *leave(model *at, EVP_MD_CTX *mine)
{
    EVP_MD_CTX *others = NULL;
    if (!mine || atomic_compare_exchange_strong(at, &others, mine))
        return mine;
    EVP_MD_CTX_free(mine);
    return others;
}

/* Ready for one use; NULL with OpenSSL's errors. */
static EVP_MD_CTX *begin(const cleat_key *key, model *at, const char *digest, set_up_fn how)
{
    if (!at)
        return set_up(key, digest, how);
    EVP_MD_CTX *kept = atomic_load(at);
    if (!kept)
        kept = leave(at, set_up(key, digest, how));
    EVP_MD_CTX *ctx = kept ? EVP_MD_CTX_new() : NULL;
    if (ctx && EVP_MD_CTX_copy_ex(ctx, kept))
        return ctx;
    EVP_MD_CTX_free(ctx);
    return NULL;
}

cleat_status cl_prepared_sign(const cleat_key *key, const char *digest, cleat_slice message,
                              cl_buf *out)
{
    size_t start = out->len;
    size_t len = (size_t)EVP_PKEY_get_size(key->pkey);
    uint8_t *at = cl_buf_extend(out, len);
    if (!at)
        return out->status;
    EVP_MD_CTX *ctx =
        begin(key, model_for(key->prepared->sign, digest), digest, EVP_DigestSignInit_ex);
    bool done = ctx && EVP_DigestSign(ctx, at, &len, message.data, message.len) == 1;
    EVP_MD_CTX_free(ctx);
    cl_buf_truncate(out, done ? start + len : start);
    return done ? CLEAT_OK : CLEAT_E_CRYPTO;
}

cleat_status cl_prepared_verify(const cleat_key *key, const char *digest, cleat_slice message,
                                cleat_slice signature)
{
    EVP_MD_CTX *ctx =
        begin(key, model_for(key->prepared->verify, digest), digest, EVP_DigestVerifyInit_ex);
    cleat_status st = CLEAT_E_CRYPTO;
    if (ctx) {
        bool right =
            EVP_DigestVerify(ctx, signature.data, signature.len, message.data, message.len) == 1;
        st = right ? CLEAT_OK : CLEAT_E_SIGNATURE;
    }
    EVP_MD_CTX_free(ctx);
    if (st != CLEAT_OK)
        ERR_clear_error();
    return st;
}
