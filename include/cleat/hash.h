/* Hashes of what comes in pieces, such as files. */
#ifndef CLEAT_HASH_H
#define CLEAT_HASH_H

#include <cleat/ctx.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { CLEAT_HASH_MAX = 64 };

typedef struct cleat_hash cleat_hash;

/* By SFTP's names (draft-ietf-secsh-filexfer-extensions-00 §3): "md5", "sha1", "sha256", "sha384",
 * "sha512", `len` bytes long. CLEAT_E_UNSUPPORTED: another one, or OpenSSL does not offer it. The
 * context is referenced. For one thread at a time, any. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_hash_new(cleat_hash **out, cleat_ctx *ctx,
                                                     const char *name, size_t len);
CLEAT_API CLEAT_MUST_USE cleat_status cleat_hash_update(cleat_hash *h, cleat_slice bytes);

/* The hash of all that came since the last one; *len bytes. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_hash_final(cleat_hash *h, uint8_t out[CLEAT_HASH_MAX],
                                                       size_t *len);

/* NULL is fine. */
CLEAT_API void cleat_hash_free(cleat_hash *h);

#ifdef __cplusplus
}
#endif
#endif
