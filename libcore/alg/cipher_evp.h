/* What the packet ciphers share in their use of OpenSSL: a context that is keyed once and then fed
 * the scattered parts of packets. */
#ifndef CL_ALG_CIPHER_EVP_H
#define CL_ALG_CIPHER_EVP_H

#include "alg.h"

#include <openssl/evp.h>

/* Where packet_length stands in the clear, it is this long. */
#define CL_LENGTH_SIZE 4

/* A keyed context without padding. iv.len 0: the IV is set later, per packet. */
CLEAT_MUST_USE cleat_status cl_evp_cipher_new(const cl_env *env, const char *name, cleat_slice key,
                                              cleat_slice iv, bool encrypt, EVP_CIPHER_CTX **out);

/* The next packet starts at this IV; the key stays. */
CLEAT_MUST_USE cleat_status cl_evp_cipher_iv(EVP_CIPHER_CTX *ctx, const uint8_t *iv);

/* Runs len bytes from in to out, which may be the same place. */
CLEAT_MUST_USE cleat_status cl_evp_cipher_run(EVP_CIPHER_CTX *ctx, const uint8_t *in, size_t len,
                                              uint8_t *out);

/* Runs the parts, without the first skip bytes of parts[0], one after another to out. */
CLEAT_MUST_USE cleat_status cl_evp_cipher_parts(EVP_CIPHER_CTX *ctx, const cleat_slice *parts,
                                                size_t count, size_t skip, uint8_t *out);

/* Bytes in all parts. */
size_t cl_parts_len(const cleat_slice *parts, size_t count);

#endif
