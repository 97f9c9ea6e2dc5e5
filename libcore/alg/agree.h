/* Diffie-Hellman functions on curves, of which ecdh-*, curve25519-* and the classical half of the
 * hybrids are made, and the kex methods that consist of such a function and nothing else. */
#ifndef CL_ALG_AGREE_H
#define CL_ALG_AGREE_H

#include "alg.h"

/* The longest shared value: a coordinate on P-521. */
#define CL_AGREE_SHARED_MAX 66

typedef struct cl_agree {
    const char *evp; /* OpenSSL's name, for the implementation */
    int nid;
    size_t public_len;
    size_t shared_len;
    /* Makes an ephemeral key and appends its public value. */
    cleat_status (*make)(const struct cl_agree *a, const cl_env *env, void **key,
                         cl_buf *our_public);
    /* shared_len bytes; CLEAT_E_KEX when the peer's value is not a good one. */
    cleat_status (*agree)(const struct cl_agree *a, const cl_env *env, void *key,
                          cleat_slice theirs, uint8_t *shared);
    void (*drop)(const cl_env *env, void *key); /* NULL is fine */
} cl_agree;

extern const cl_agree cl_agree_x25519;
extern const cl_agree cl_agree_nistp256;
extern const cl_agree cl_agree_nistp384;

/* The functions of a cl_kex_alg whose params is a cl_agree. */
cleat_status cl_agree_start(const cl_kex_alg *alg, const cl_env *env, cl_kex **kex,
                            cl_buf *our_public);
cleat_status cl_agree_reply(const cl_kex_alg *alg, const cl_env *env, cleat_slice theirs,
                            cl_buf *our_public, cl_secret *shared);
cleat_status cl_agree_finish(const cl_kex_alg *alg, const cl_env *env, cl_kex *kex,
                             cleat_slice theirs, cl_secret *shared);
void cl_agree_free(const cl_env *env, cl_kex *kex);

#endif
