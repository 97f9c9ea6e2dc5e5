/* Failing calls into OpenSSL and zlib. */
#include "crypto_faults.h"

#include <openssl/core_names.h>
#include <openssl/decoder.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/ocsp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <zlib.h>

static struct {
    unsigned long count, fail_at;
    const char *name;
} state;

void crypto_faults_arm(unsigned long n)
{
    state.count = 0;
    state.fail_at = n;
    state.name = "none";
}

unsigned long crypto_faults_count(void)
{
    return state.count;
}

const char *crypto_faults_name(void)
{
    return state.name;
}

static bool is_due(const char *name)
{
    if (++state.count != state.fail_at)
        return false;
    state.name = name;
    return true;
}

/* A stand-in for each call. The linker makes the names, so no header declares them. */
#define CALL(name, type, failure, parameters, arguments)                                           \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        return is_due(#name) ? failure : __real_##name arguments;                                  \
    }
#include "crypto_calls.def"
#undef CALL

EVP_PKEY *__real_EVP_PKEY_Q_keygen(OSSL_LIB_CTX *lib, const char *properties, const char *type,
                                   ...);
EVP_PKEY *__wrap_EVP_PKEY_Q_keygen(OSSL_LIB_CTX *lib, const char *properties, const char *type,
                                   ...);

/* Its arguments depend on the type of key. */
EVP_PKEY *__wrap_EVP_PKEY_Q_keygen(OSSL_LIB_CTX *lib, const char *properties, const char *type, ...)
{
    EVP_PKEY *key = NULL;
    va_list list;
    va_start(list, type);
    if (is_due("EVP_PKEY_Q_keygen"))
        key = NULL;
    else if (strcmp(type, "RSA") == 0)
        key = __real_EVP_PKEY_Q_keygen(lib, properties, type, va_arg(list, size_t));
    else if (strcmp(type, "EC") == 0)
        key = __real_EVP_PKEY_Q_keygen(lib, properties, type, va_arg(list, char *));
    else
        key = __real_EVP_PKEY_Q_keygen(lib, properties, type);
    va_end(list);
    return key;
}

int __real_EVP_PKEY_generate(EVP_PKEY_CTX *ctx, EVP_PKEY **key);
int __wrap_EVP_PKEY_generate(EVP_PKEY_CTX *ctx, EVP_PKEY **key);

/* RSA keys are copies of the first, which is of the one size that is asked for: to make one takes
 * longer than all the rest of a dialogue, and hundreds of dialogues end behind it. */
int __wrap_EVP_PKEY_generate(EVP_PKEY_CTX *ctx, EVP_PKEY **key)
{
    static EVP_PKEY *first;
    if (is_due("EVP_PKEY_generate"))
        return 0;
    if (!EVP_PKEY_CTX_is_a(ctx, "RSA"))
        return __real_EVP_PKEY_generate(ctx, key);
    if (!first && __real_EVP_PKEY_generate(ctx, &first) != 1)
        return 0;
    *key = EVP_PKEY_dup(first);
    return *key != NULL;
}
