/* The one place where the library hashes: digests fetched once from OpenSSL and one-shot hashing
 * of a list of pieces. A cl_hashes is not changed after init, so threads may share it. */
#ifndef CL_ALG_HASH_H
#define CL_ALG_HASH_H

#include <cleat/types.h>

#include <openssl/evp.h>

typedef enum cl_hash_id {
    CL_SHA1,
    CL_SHA256,
    CL_SHA384,
    CL_SHA512,
    CL_SHA3_256,
    CL_SHA3_512,
    CL_SHAKE128,
    CL_SHAKE256,
    CL_MD5, /* only for old fingerprints; absent from FIPS providers */
    CL_HASH_COUNT
} cl_hash_id;

/* The longest output of a hash that is not a SHAKE. */
#define CL_HASH_MAX 64

typedef struct cl_hashes {
    EVP_MD *md[CL_HASH_COUNT];
} cl_hashes;

/* Fetches every digest; lib may be NULL for OpenSSL's default context. A missing MD5 is no error
 * here, its use is. After a failure nothing needs to be freed, but may be. */
CLEAT_MUST_USE cleat_status cl_hashes_init(cl_hashes *h, OSSL_LIB_CTX *lib);

/* A zeroed cl_hashes can be freed. */
void cl_hashes_free(cl_hashes *h);

/* Output length in bytes; for SHAKE the usual one, twice its strength. */
size_t cl_hash_len(cl_hash_id id);

/* Hashes the pieces one after another. `out` has room for cl_hash_len(id) bytes.
 * CLEAT_E_UNSUPPORTED when the provider lacks the digest. */
CLEAT_MUST_USE cleat_status cl_hash_once(const cl_hashes *h, cl_hash_id id,
                                         const cleat_slice *parts, size_t count, uint8_t *out);

/* The same in pieces, of no SHAKE: once start, any number of times more, once end. `work` is the
 * caller's (EVP_MD_CTX_new). */
CLEAT_MUST_USE cleat_status cl_hash_start(EVP_MD_CTX *work, const cl_hashes *h, cl_hash_id id);
CLEAT_MUST_USE cleat_status cl_hash_more(EVP_MD_CTX *work, cleat_slice piece);
CLEAT_MUST_USE cleat_status cl_hash_end(EVP_MD_CTX *work, uint8_t *out);

/* As cl_hash_once, for many hashes in a row: the caller keeps `work` (EVP_MD_CTX_new), and a SHAKE
 * gives out_len bytes. For the others out_len is cl_hash_len(id). */
CLEAT_MUST_USE cleat_status cl_hash_into(EVP_MD_CTX *work, const cl_hashes *h, cl_hash_id id,
                                         const cleat_slice *parts, size_t count, uint8_t *out,
                                         size_t out_len);

#endif
