/* The context: what the library is lent from outside. Immutable once made, reference counted, and
 * shared freely between threads and connections. */
#ifndef CLEAT_CTX_H
#define CLEAT_CTX_H

#include <cleat/log.h>
#include <cleat/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of these headers. */
#define CLEAT_VERSION "0.1.0"

typedef struct cleat_ctx cleat_ctx;

/* Zero means default for every member. Pointed-to structs are copied; their `user` objects must
 * live as long as the context. */
typedef struct cleat_ctx_options {
    size_t struct_size;
    const cleat_allocator *allocator; /* NULL: malloc and free */
    const cleat_random *random;       /* NULL: OpenSSL's private generator */
    const cleat_log_sink *log;        /* NULL: no log */
    void *openssl_lib_ctx;            /* an OSSL_LIB_CTX *, borrowed; NULL: OpenSSL's default */
} cleat_ctx_options;

#define CLEAT_CTX_OPTIONS                                                                          \
    {                                                                                              \
        sizeof(cleat_ctx_options), NULL, NULL, NULL, NULL                                          \
    }

/* options may be NULL. CLEAT_E_NOMEM, CLEAT_E_CRYPTO, CLEAT_E_BAD_CALL for a newer caller's
 * option that this build does not know. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_ctx_new(cleat_ctx **out,
                                                    const cleat_ctx_options *options);
CLEAT_API cleat_ctx *cleat_ctx_ref(cleat_ctx *ctx);

/* Gives one reference back; the last one frees. NULL is fine. */
CLEAT_API void cleat_ctx_unref(cleat_ctx *ctx);

/* For programs, before anything else uses OpenSSL: from then on each block of memory that OpenSSL
 * gives back is wiped first, for the whole process. Nothing of the library calls this, since it is
 * not for a library to decide. CLEAT_E_BAD_CALL: OpenSSL has memory already. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_crypto_wipe_freed(void);

/* "cleat 0.1.0": the version of the library that runs. */
CLEAT_API const char *cleat_version(void);

#ifdef __cplusplus
}
#endif
#endif
