/* What the engine is lent from outside: memory, randomness, the crypto library's context. Handed
 * down to every layer; owned by the context. */
#ifndef CL_ALG_ENV_H
#define CL_ALG_ENV_H

#include <cleat/types.h>

#include <openssl/types.h>

struct cl_hashes;
struct cl_kex_alg;

typedef struct cl_env {
    const cleat_allocator *mem;
    const cleat_random *random;
    OSSL_LIB_CTX *lib; /* NULL: OpenSSL's default context */
    const struct cl_hashes *hashes;
    const struct cl_kex_alg *const *extra_kex; /* rows beside the registry's, ended by NULL; may be
                                                  NULL. Found by name, never offered unasked. */
} cl_env;

/* Fills out from the environment's source. */
CLEAT_MUST_USE static inline cleat_status cl_random_fill(const cl_env *env, uint8_t *out, size_t n)
{
    return env->random->fill(env->random->user, out, n) == CLEAT_OK ? CLEAT_OK : CLEAT_E_RANDOM;
}

#endif
