/* OpenSSL's EVP_PKEY: building and reading out. */
#include "pkey.h"

#include "../wire/writer.h"

#include <openssl/bn.h>
#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <limits.h>

void cl_pkey_begin(cl_pkey_builder *b)
{
    *b = (cl_pkey_builder){.params = OSSL_PARAM_BLD_new()};
    b->failed = b->params == NULL;
}

BIGNUM *cl_pkey_number(cleat_slice magnitude, bool is_private)
{
    if (magnitude.len > INT_MAX)
        return NULL;
    BIGNUM *n = is_private ? BN_secure_new() : BN_new();
    if (n && !BN_bin2bn(magnitude.data, (int)magnitude.len, n)) {
        BN_free(n);
        return NULL;
    }
    return n;
}

void cl_pkey_put_bn(cl_pkey_builder *b, const char *name, BIGNUM *number)
{
    bool room = b->count < CL_PKEY_NUMBERS_MAX;
    if (b->failed || !number || !room || !OSSL_PARAM_BLD_push_BN(b->params, name, number)) {
        b->failed = true;
        BN_clear_free(number);
        return;
    }
    b->numbers[b->count++] = number;
}

void cl_pkey_put_number(cl_pkey_builder *b, const char *name, cleat_slice magnitude,
                        bool is_private)
{
    cl_pkey_put_bn(b, name, cl_pkey_number(magnitude, is_private));
}

void cl_pkey_put_bytes(cl_pkey_builder *b, const char *name, cleat_slice bytes)
{
    if (!b->failed)
        b->failed = !OSSL_PARAM_BLD_push_octet_string(b->params, name, bytes.data, bytes.len);
}

void cl_pkey_put_text(cl_pkey_builder *b, const char *name, const char *text)
{
    if (!b->failed)
        b->failed = !OSSL_PARAM_BLD_push_utf8_string(b->params, name, text, 0);
}

static cleat_status from_params(const cl_env *env, const char *evp, int selection,
                                OSSL_PARAM *params, EVP_PKEY **out)
{
    cleat_status st = CLEAT_E_CRYPTO;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(env->lib, evp, NULL);
    if (ctx && EVP_PKEY_fromdata_init(ctx) > 0)
        st = EVP_PKEY_fromdata(ctx, out, selection, params) > 0 ? CLEAT_OK : CLEAT_E_KEY_FORMAT;
    EVP_PKEY_CTX_free(ctx);
    return st;
}

cleat_status cl_pkey_build(cl_pkey_builder *b, const cl_env *env, const char *evp,
                           bool with_private, EVP_PKEY **out)
{
    *out = NULL;
    cleat_status st = CLEAT_E_NOMEM;
    OSSL_PARAM *params = b->failed ? NULL : OSSL_PARAM_BLD_to_param(b->params);
    if (params) {
        int selection = with_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;
        st = from_params(env, evp, selection, params, out);
    }
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(b->params);
    for (size_t i = 0; i < b->count; i++)
        BN_clear_free(b->numbers[i]);
    if (st != CLEAT_OK)
        ERR_clear_error();
    return st;
}

EVP_PKEY *cl_pkey_decode(const cl_env *env, const char *evp, int selection, cleat_slice der,
                         size_t *left)
{
    EVP_PKEY *pkey = NULL;
    const unsigned char *at = der.data;
    *left = der.len;
    OSSL_DECODER_CTX *ctx = OSSL_DECODER_CTX_new_for_pkey(&pkey, "DER", "type-specific", evp,
                                                          selection, env->lib, NULL);
    if (ctx && !OSSL_DECODER_from_data(ctx, &at, left)) {
        EVP_PKEY_free(pkey);
        pkey = NULL;
    }
    OSSL_DECODER_CTX_free(ctx);
    return pkey;
}

cleat_status cl_pkey_write_mpint(EVP_PKEY *pkey, const char *name, cl_buf *out)
{
    BIGNUM *n = NULL;
    if (!EVP_PKEY_get_bn_param(pkey, name, &n)) {
        ERR_clear_error();
        return CLEAT_E_CRYPTO;
    }
    cl_buf bytes = CL_BUF_SECRET(out->mem);
    uint8_t *at = cl_buf_extend(&bytes, (size_t)BN_num_bytes(n));
    if (at)
        BN_bn2bin(n, at);
    cleat_status st = bytes.status;
    cl_put_mpint(out, cl_buf_slice(&bytes));
    cl_buf_free(&bytes);
    BN_clear_free(n);
    return st == CLEAT_OK ? out->status : st;
}
