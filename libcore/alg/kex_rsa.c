/* RSA key transport (RFC 4432): RSAES-OAEP under a transient key, with the method's hash. */
#include "../base/alloc.h"
#include "../wire/reader.h"
#include "../wire/writer.h"
#include "rows.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

struct cl_kex {
    EVP_PKEY *key;
};

void cl_rsakex_free(const cl_env *env, cl_kex *kex)
{
    if (!kex)
        return;
    EVP_PKEY_free(kex->key);
    cl_alloc_free(env->mem, kex);
}

static EVP_PKEY *generate(const cl_env *env, unsigned bits)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(env->lib, "RSA", NULL);
    if (!ctx || EVP_PKEY_keygen_init(ctx) != 1 ||
        EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, (int)bits) != 1 || EVP_PKEY_generate(ctx, &key) != 1)
        key = NULL;
    EVP_PKEY_CTX_free(ctx);
    return key;
}

static void put_number(cl_buf *out, EVP_PKEY *key, const char *name)
{
    BIGNUM *n = NULL;
    if (EVP_PKEY_get_bn_param(key, name, &n) != 1) {
        out->status = CLEAT_E_CRYPTO;
        return;
    }
    cl_buf raw = CL_BUF(out->mem);
    uint8_t *at = cl_buf_extend(&raw, (size_t)BN_num_bytes(n));
    if (at) {
        BN_bn2bin(n, at);
        cl_put_mpint(out, cl_buf_slice(&raw));
    } else {
        out->status = raw.status;
    }
    cl_buf_free(&raw);
    BN_free(n);
}

cleat_status cl_rsakex_start(const cl_env *env, unsigned bits, cl_kex **kex, cl_buf *key_blob)
{
    *kex = cl_alloc_zero(env->mem, sizeof **kex);
    if (!*kex)
        return CLEAT_E_NOMEM;
    (*kex)->key = generate(env, bits);
    if (!(*kex)->key)
        return CLEAT_E_CRYPTO;
    cl_put_cstring(key_blob, "ssh-rsa");
    put_number(key_blob, (*kex)->key, OSSL_PKEY_PARAM_RSA_E);
    put_number(key_blob, (*kex)->key, OSSL_PKEY_PARAM_RSA_N);
    return key_blob->status;
}

static EVP_PKEY *from_numbers(const cl_env *env, cleat_slice n, cleat_slice e)
{
    EVP_PKEY *key = NULL;
    OSSL_PARAM *params = NULL;
    BIGNUM *bn_n = BN_bin2bn(n.data, (int)n.len, NULL);
    BIGNUM *bn_e = BN_bin2bn(e.data, (int)e.len, NULL);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(env->lib, "RSA", NULL);
    if (bn_n && bn_e && build && ctx && OSSL_PARAM_BLD_push_BN(build, "n", bn_n) == 1 &&
        OSSL_PARAM_BLD_push_BN(build, "e", bn_e) == 1 &&
        (params = OSSL_PARAM_BLD_to_param(build)) != NULL && EVP_PKEY_fromdata_init(ctx) == 1 &&
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
        key = NULL;
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(ctx);
    BN_free(bn_n);
    BN_free(bn_e);
    return key;
}

static cleat_status from_blob(const cl_env *env, cleat_slice blob, unsigned min_bits,
                              EVP_PKEY **key)
{
    enum { BITS_MAX = 16384 };
    cl_reader r = cl_reader_of(blob);
    cleat_slice type = cl_get_text(&r);
    cleat_slice e = cl_get_mpint(&r);
    cleat_slice n = cl_get_mpint(&r);
    if (cl_reader_done(&r) != CLEAT_OK || !cl_slice_is(type, "ssh-rsa") || e.len > 8 ||
        n.len * 8 > BITS_MAX || n.len * 8 < min_bits)
        return CLEAT_E_KEX;
    *key = from_numbers(env, n, e);
    return *key ? CLEAT_OK : CLEAT_E_CRYPTO;
}

static EVP_PKEY_CTX *oaep(const cl_env *env, EVP_PKEY *key, cl_hash_id hash, bool encrypt)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(env->lib, key, NULL);
    const EVP_MD *md = env->hashes->md[hash];
    bool ready = ctx && (encrypt ? EVP_PKEY_encrypt_init(ctx) : EVP_PKEY_decrypt_init(ctx)) == 1 &&
                 EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) == 1 &&
                 EVP_PKEY_CTX_set_rsa_oaep_md(ctx, md) == 1 &&
                 EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, md) == 1;
    if (ready)
        return ctx;
    EVP_PKEY_CTX_free(ctx);
    return NULL;
}

/* RFC 4432 §4: K is below 2^(KLEN - 2 HLEN - 49), and travels as an mpint inside the encryption. */
static cleat_status make_k(const cl_env *env, EVP_PKEY *key, cl_hash_id hash, cl_secret *shared)
{
    unsigned hash_bits = (unsigned)cl_hash_len(hash) * 8;
    unsigned bits = (unsigned)EVP_PKEY_get_bits(key) - 2 * hash_bits - 49;
    size_t len = bits / 8;
    cleat_status st = cl_secret_init(shared, env->mem, len);
    if (st != CLEAT_OK)
        return st;
    shared->len = len;
    return cl_random_fill(env, shared->data, len);
}

cleat_status cl_rsakex_encrypt(const cl_env *env, cl_hash_id hash, cleat_slice key_blob,
                               unsigned min_bits, cl_buf *encrypted, cl_secret *shared)
{
    EVP_PKEY *key = NULL;
    cleat_status st = from_blob(env, key_blob, min_bits, &key);
    if (st != CLEAT_OK)
        return st;
    EVP_PKEY_CTX *ctx = oaep(env, key, hash, true);
    cl_buf plain = CL_BUF_SECRET(env->mem);
    size_t len = (size_t)EVP_PKEY_get_size(key);
    st = ctx ? make_k(env, key, hash, shared) : CLEAT_E_CRYPTO;
    if (st == CLEAT_OK) {
        cl_put_mpint(&plain, cl_slice(shared->data, shared->len));
        uint8_t *at = cl_buf_extend(encrypted, len);
        st = at ? plain.status : encrypted->status;
        if (st == CLEAT_OK && EVP_PKEY_encrypt(ctx, at, &len, plain.data, plain.len) != 1)
            st = CLEAT_E_CRYPTO;
    }
    cl_buf_free(&plain);
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(key);
    return st;
}

cleat_status cl_rsakex_decrypt(const cl_env *env, cl_hash_id hash, cl_kex *kex,
                               cleat_slice encrypted, cl_secret *shared)
{
    EVP_PKEY_CTX *ctx = oaep(env, kex->key, hash, false);
    cl_buf plain = CL_BUF_SECRET(env->mem);
    size_t len = (size_t)EVP_PKEY_get_size(kex->key);
    uint8_t *at = cl_buf_extend(&plain, len);
    cleat_status st = ctx ? plain.status : CLEAT_E_CRYPTO;
    if (st == CLEAT_OK && EVP_PKEY_decrypt(ctx, at, &len, encrypted.data, encrypted.len) != 1)
        st = CLEAT_E_KEX;
    if (st == CLEAT_OK) {
        cl_reader r = cl_reader_of(cl_slice(plain.data, len));
        cleat_slice k = cl_get_mpint(&r);
        st = cl_reader_done(&r) == CLEAT_OK ? cl_secret_dup(shared, env->mem, k.data, k.len)
                                            : CLEAT_E_KEX;
    }
    cl_buf_free(&plain);
    EVP_PKEY_CTX_free(ctx);
    return st;
}

const cl_kex_alg cl_kex_rsa2048_sha256 = {
    .name = "rsa2048-sha256", .hash = CL_SHA256, .flags = 0, .dialog = CL_DIALOG_RSA};
