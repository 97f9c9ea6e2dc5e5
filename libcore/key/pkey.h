/* OpenSSL's EVP_PKEY: building one from SSH's fields, taking the fields out again, signing. */
#ifndef CL_KEY_PKEY_H
#define CL_KEY_PKEY_H

#include "../alg/env.h"
#include "../base/buf.h"

#include <openssl/param_build.h>
#include <openssl/types.h>

enum { CL_PKEY_NUMBERS_MAX = 8 };

/* Collects parameters; the fault is sticky and told by cl_pkey_build. */
typedef struct cl_pkey_builder {
    OSSL_PARAM_BLD *params;
    BIGNUM *numbers[CL_PKEY_NUMBERS_MAX];
    size_t count;
    bool failed;
} cl_pkey_builder;

void cl_pkey_begin(cl_pkey_builder *b);

/* Big endian magnitude. Private numbers live in memory that OpenSSL wipes. */
void cl_pkey_put_number(cl_pkey_builder *b, const char *name, cleat_slice magnitude,
                        bool is_private);

/* number is taken, also after a fault; NULL is a fault. */
void cl_pkey_put_bn(cl_pkey_builder *b, const char *name, BIGNUM *number);

/* Borrowed until cl_pkey_build. */
void cl_pkey_put_bytes(cl_pkey_builder *b, const char *name, cleat_slice bytes);
void cl_pkey_put_text(cl_pkey_builder *b, const char *name, const char *text);

/* Ends the builder. CLEAT_E_KEY_FORMAT when OpenSSL refuses the values. */
CLEAT_MUST_USE cleat_status cl_pkey_build(cl_pkey_builder *b, const cl_env *env, const char *evp,
                                          bool with_private, EVP_PKEY **out);

/* A number from big endian bytes, in wiped memory when it is private; NULL out of memory. */
BIGNUM *cl_pkey_number(cleat_slice magnitude, bool is_private);

/* A key in the form of its own that its type has in ASN.1 (PKCS#1, SEC1); selection is OpenSSL's.
 * NULL with OpenSSL's errors. *left: bytes after it. */
EVP_PKEY *cl_pkey_decode(const cl_env *env, const char *evp, int selection, cleat_slice der,
                         size_t *left);

/* Appends the parameter as an SSH mpint. */
CLEAT_MUST_USE cleat_status cl_pkey_write_mpint(EVP_PKEY *pkey, const char *name, cl_buf *out);

#endif
