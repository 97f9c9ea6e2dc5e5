/* The one place where the library hashes. */
#include "hash.h"

#include <assert.h>
#include <openssl/err.h>

static const struct {
    const char *name;
    size_t len;
    bool optional;
} facts[CL_HASH_COUNT] = {
    [CL_SHA1] = {"SHA1", 20, false},
    [CL_SHA256] = {"SHA2-256", 32, false},
    [CL_SHA384] = {"SHA2-384", 48, false},
    [CL_SHA512] = {"SHA2-512", 64, false},
    [CL_SHA3_256] = {"SHA3-256", 32, false},
    [CL_SHA3_512] = {"SHA3-512", 64, false},
    [CL_SHAKE128] = {"SHAKE-128", 32, false},
    [CL_SHAKE256] = {"SHAKE-256", 64, false},
    [CL_MD5] = {"MD5", 16, true},
};

cleat_status cl_hashes_init(cl_hashes *h, OSSL_LIB_CTX *lib)
{
    *h = (cl_hashes){0};
    for (size_t i = 0; i < CL_HASH_COUNT; i++) {
        ERR_set_mark();
        h->md[i] = EVP_MD_fetch(lib, facts[i].name, NULL);
        if (h->md[i] || facts[i].optional) {
            ERR_pop_to_mark();
            continue;
        }
        ERR_clear_last_mark();
        cl_hashes_free(h);
        return CLEAT_E_CRYPTO;
    }
    return CLEAT_OK;
}

void cl_hashes_free(cl_hashes *h)
{
    for (size_t i = 0; i < CL_HASH_COUNT; i++)
        EVP_MD_free(h->md[i]);
    *h = (cl_hashes){0};
}

size_t cl_hash_len(cl_hash_id id)
{
    return facts[id].len;
}

static bool is_shake(cl_hash_id id)
{
    return id == CL_SHAKE128 || id == CL_SHAKE256;
}

cleat_status cl_hash_start(EVP_MD_CTX *work, const cl_hashes *h, cl_hash_id id)
{
    if (!h->md[id])
        return CLEAT_E_UNSUPPORTED;
    return EVP_DigestInit_ex2(work, h->md[id], NULL) ? CLEAT_OK : CLEAT_E_CRYPTO;
}

cleat_status cl_hash_more(EVP_MD_CTX *work, cleat_slice piece)
{
    return EVP_DigestUpdate(work, piece.data, piece.len) ? CLEAT_OK : CLEAT_E_CRYPTO;
}

cleat_status cl_hash_end(EVP_MD_CTX *work, uint8_t *out)
{
    return EVP_DigestFinal_ex(work, out, NULL) ? CLEAT_OK : CLEAT_E_CRYPTO;
}

cleat_status cl_hash_into(EVP_MD_CTX *work, const cl_hashes *h, cl_hash_id id,
                          const cleat_slice *parts, size_t count, uint8_t *out, size_t out_len)
{
    assert(is_shake(id) || out_len == facts[id].len);
    cleat_status st = cl_hash_start(work, h, id);
    for (size_t i = 0; st == CLEAT_OK && i < count; i++)
        st = cl_hash_more(work, parts[i]);
    if (st != CLEAT_OK)
        return st;
    if (!is_shake(id))
        return cl_hash_end(work, out);
    return EVP_DigestFinalXOF(work, out, out_len) ? CLEAT_OK : CLEAT_E_CRYPTO;
}

cleat_status cl_hash_once(const cl_hashes *h, cl_hash_id id, const cleat_slice *parts, size_t count,
                          uint8_t *out)
{
    EVP_MD_CTX *work = EVP_MD_CTX_new();
    if (!work)
        return CLEAT_E_NOMEM;
    cleat_status st = cl_hash_into(work, h, id, parts, count, out, facts[id].len);
    EVP_MD_CTX_free(work);
    return st;
}
