/* Argon2 from whichever library has it. */
#include "argon2.h"

#include <openssl/opensslv.h>

#if OPENSSL_VERSION_NUMBER >= 0x30200000L
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

static OSSL_PARAM bytes(const char *name, cleat_slice s)
{
    return OSSL_PARAM_construct_octet_string(name, (void *)(uintptr_t)s.data, s.len);
}

static cleat_status derive(const cl_env *env, const cl_argon2_cost *cost, cleat_slice passphrase,
                           cleat_slice salt, uint8_t *out, size_t out_len)
{
    static const char *const names[] = {"ARGON2D", "ARGON2I", "ARGON2ID"};
    uint32_t kib = cost->kib, passes = cost->passes, lanes = cost->lanes;
    const OSSL_PARAM params[] = {
        bytes(OSSL_KDF_PARAM_PASSWORD, passphrase),
        bytes(OSSL_KDF_PARAM_SALT, salt),
        OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ARGON2_MEMCOST, &kib),
        OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ITER, &passes),
        OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ARGON2_LANES, &lanes),
        OSSL_PARAM_construct_end(),
    };
    EVP_KDF *kdf = EVP_KDF_fetch(env->lib, names[cost->kind], NULL);
    EVP_KDF_CTX *ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    cleat_status st = kdf ? CLEAT_E_CRYPTO : CLEAT_E_UNSUPPORTED;
    if (ctx && EVP_KDF_derive(ctx, out, out_len, params) > 0)
        st = CLEAT_OK;
    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);
    if (st != CLEAT_OK)
        ERR_clear_error();
    return st;
}
#elif defined(CLEAT_LIBARGON2)
#include <argon2.h>

static cleat_status derive(const cl_env *env, const cl_argon2_cost *cost, cleat_slice passphrase,
                           cleat_slice salt, uint8_t *out, size_t out_len)
{
    (void)env;
    argon2_context c = {
        .out = out,
        .outlen = (uint32_t)out_len,
        .pwd = (uint8_t *)(uintptr_t)passphrase.data,
        .pwdlen = (uint32_t)passphrase.len,
        .salt = (uint8_t *)(uintptr_t)salt.data,
        .saltlen = (uint32_t)salt.len,
        .t_cost = cost->passes,
        .m_cost = cost->kib,
        .lanes = cost->lanes,
        .threads = 1,
        .version = ARGON2_VERSION_13,
        .flags = ARGON2_DEFAULT_FLAGS,
    };
    int code = argon2_ctx(&c, (argon2_type)cost->kind);
    if (code == ARGON2_OK)
        return CLEAT_OK;
    return code == ARGON2_MEMORY_ALLOCATION_ERROR ? CLEAT_E_NOMEM : CLEAT_E_CRYPTO;
}
#else
static cleat_status derive(const cl_env *env, const cl_argon2_cost *cost, cleat_slice passphrase,
                           cleat_slice salt, uint8_t *out, size_t out_len)
{
    (void)env, (void)cost, (void)passphrase, (void)salt, (void)out, (void)out_len;
    return CLEAT_E_UNSUPPORTED;
}
#endif

static bool is_bounded(const cl_argon2_cost *cost, cleat_slice passphrase, cleat_slice salt)
{
    return cost->passes >= 1 && cost->lanes >= 1 && cost->lanes <= CL_ARGON2_LANES_MAX &&
           cost->kib >= 8 * cost->lanes && cost->kib <= CL_ARGON2_KIB_MAX &&
           (uint64_t)cost->kib * cost->passes <= CL_ARGON2_WORK_MAX &&
           salt.len >= CL_ARGON2_SALT_MIN && salt.len <= CL_ARGON2_SALT_MAX &&
           passphrase.len <= CL_ARGON2_KIB_MAX;
}

cleat_status cl_argon2(const cl_env *env, const cl_argon2_cost *cost, cleat_slice passphrase,
                       cleat_slice salt, uint8_t *out, size_t out_len)
{
    if (!is_bounded(cost, passphrase, salt))
        return CLEAT_E_LIMIT;
    return derive(env, cost, passphrase, salt, out, out_len);
}
