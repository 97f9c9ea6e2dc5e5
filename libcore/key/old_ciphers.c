/* The context with OpenSSL's retired algorithms. */
#include "old_ciphers.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/provider.h>

cleat_status cl_old_ciphers_open(cl_old_ciphers *o, const cl_env *env)
{
    *o = (cl_old_ciphers){0};
    if (!OSSL_PROVIDER_available(env->lib, "default"))
        return CLEAT_E_UNSUPPORTED;
    o->lib = OSSL_LIB_CTX_new();
    if (!o->lib)
        return CLEAT_E_NOMEM;
    o->usual = OSSL_PROVIDER_load(o->lib, "default");
    o->old = OSSL_PROVIDER_load(o->lib, "legacy");
    ERR_clear_error();
    return o->usual && o->old ? CLEAT_OK : CLEAT_E_UNSUPPORTED;
}

void cl_old_ciphers_close(cl_old_ciphers *o)
{
    if (o->old)
        OSSL_PROVIDER_unload(o->old);
    if (o->usual)
        OSSL_PROVIDER_unload(o->usual);
    OSSL_LIB_CTX_free(o->lib);
    *o = (cl_old_ciphers){0};
}
