/* HMAC (RFC 4253 §6.4, RFC 6668) and UMAC as the MACs of packets. */
#include "mac.h"

#include "../base/ct.h"
#include "../wire/writer.h"
#include "rows.h"
#include "umac.h"

#include <assert.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <stdio.h>

static cleat_status key_hmac(EVP_MAC_CTX *ctx, const EVP_MD *md, cleat_slice key)
{
    char digest[32];
    snprintf(digest, sizeof digest, "%s", EVP_MD_get0_name(md));
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    return EVP_MAC_init(ctx, key.data, key.len, params) ? CLEAT_OK : CLEAT_E_CRYPTO;
}

cleat_status cl_mac_init(cl_mac *m, const cl_mac_alg *alg, const cl_env *env, cleat_slice key)
{
    *m = (cl_mac){.tag_len = alg->tag_len};
    if (key.len != alg->key_len)
        return CLEAT_E_BAD_CALL;
    if (alg->umac)
        return cl_umac_new(env, key.data, alg->tag_len, &m->umac);
    const EVP_MD *md = env->hashes->md[alg->hash];
    EVP_MAC *mac = md ? EVP_MAC_fetch(env->lib, "HMAC", NULL) : NULL;
    if (!mac)
        return CLEAT_E_UNSUPPORTED;
    m->hmac = EVP_MAC_CTX_new(mac);
    EVP_MAC_free(mac);
    return m->hmac ? key_hmac(m->hmac, md, key) : CLEAT_E_NOMEM;
}

void cl_mac_free(cl_mac *m)
{
    EVP_MAC_CTX_free(m->hmac);
    cl_umac_free(m->umac);
    *m = (cl_mac){0};
}

static cleat_status make_hmac(cl_mac *m, const uint8_t seq[4], const cleat_slice *parts,
                              size_t count, uint8_t *tag)
{
    size_t tag_len;
    /* without a key: HMAC starts again from the one it was given first */
    if (!EVP_MAC_init(m->hmac, NULL, 0, NULL) || !EVP_MAC_update(m->hmac, seq, 4))
        return CLEAT_E_CRYPTO;
    for (size_t i = 0; i < count; i++) {
        if (!EVP_MAC_update(m->hmac, parts[i].data, parts[i].len))
            return CLEAT_E_CRYPTO;
    }
    if (!EVP_MAC_final(m->hmac, tag, &tag_len, m->tag_len))
        return CLEAT_E_CRYPTO;
    return CLEAT_OK;
}

cleat_status cl_mac_make(cl_mac *m, uint32_t seq, const cleat_slice *parts, size_t count,
                         uint8_t *tag)
{
    uint8_t number[CL_UMAC_NONCE_LEN];
    if (m->umac) {
        cl_store_u64(number, seq); /* the nonce: nothing of it enters the message */
        return cl_umac(m->umac, number, parts, count, tag);
    }
    cl_store_u32(number, seq);
    return make_hmac(m, number, parts, count, tag);
}

cleat_status cl_mac_check(cl_mac *m, uint32_t seq, cleat_slice bytes, const uint8_t *tag)
{
    uint8_t ours[CL_MAC_TAG_MAX];
    assert(m->tag_len <= sizeof ours);
    cleat_status st = cl_mac_make(m, seq, &bytes, 1, ours);
    if (st != CLEAT_OK)
        return st;
    return cl_ct_equal(ours, tag, m->tag_len) ? CLEAT_OK : CLEAT_E_MAC;
}

const cl_mac_alg cl_mac_umac64_etm = {
    .name = "umac-64-etm@openssh.com",
    .flags = CL_ALG_DEFAULT,
    .key_len = CL_UMAC_KEY_LEN,
    .tag_len = 8,
    .etm = true,
    .umac = true,
};

const cl_mac_alg cl_mac_umac128_etm = {
    .name = "umac-128-etm@openssh.com",
    .flags = CL_ALG_DEFAULT,
    .key_len = CL_UMAC_KEY_LEN,
    .tag_len = 16,
    .etm = true,
    .umac = true,
};

const cl_mac_alg cl_mac_sha2_256_etm = {
    .name = "hmac-sha2-256-etm@openssh.com",
    .flags = CL_ALG_DEFAULT,
    .key_len = 32,
    .tag_len = 32,
    .etm = true,
    .hash = CL_SHA256,
};

const cl_mac_alg cl_mac_sha2_512_etm = {
    .name = "hmac-sha2-512-etm@openssh.com",
    .flags = CL_ALG_DEFAULT,
    .key_len = 64,
    .tag_len = 64,
    .etm = true,
    .hash = CL_SHA512,
};

const cl_mac_alg cl_mac_sha1_etm = {
    .name = "hmac-sha1-etm@openssh.com",
    .flags = CL_ALG_DEFAULT | CL_ALG_LEGACY,
    .key_len = 20,
    .tag_len = 20,
    .etm = true,
    .hash = CL_SHA1,
};

const cl_mac_alg cl_mac_umac64 = {
    .name = "umac-64@openssh.com",
    .flags = CL_ALG_DEFAULT,
    .key_len = CL_UMAC_KEY_LEN,
    .tag_len = 8,
    .umac = true,
};

const cl_mac_alg cl_mac_umac128 = {
    .name = "umac-128@openssh.com",
    .flags = CL_ALG_DEFAULT,
    .key_len = CL_UMAC_KEY_LEN,
    .tag_len = 16,
    .umac = true,
};

const cl_mac_alg cl_mac_sha2_256 = {
    .name = "hmac-sha2-256",
    .flags = CL_ALG_DEFAULT,
    .key_len = 32,
    .tag_len = 32,
    .hash = CL_SHA256,
};

const cl_mac_alg cl_mac_sha2_512 = {
    .name = "hmac-sha2-512",
    .flags = CL_ALG_DEFAULT,
    .key_len = 64,
    .tag_len = 64,
    .hash = CL_SHA512,
};

const cl_mac_alg cl_mac_sha1 = {
    .name = "hmac-sha1",
    .flags = CL_ALG_DEFAULT | CL_ALG_LEGACY,
    .key_len = 20,
    .tag_len = 20,
    .hash = CL_SHA1,
};
