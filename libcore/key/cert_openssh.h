/* OpenSSH's certificates within the library. */
#ifndef CL_KEY_CERT_OPENSSH_H
#define CL_KEY_CERT_OPENSSH_H

#include "../base/arena.h"
#include "key.h"

#include <cleat/cert.h>

/* A certificate's blob is not longer than this; its names and options take most of it. */
#define CL_CERT_BLOB_MAX ((size_t)65536)

/* As many as OpenSSH reads. */
enum { CL_CERT_PRINCIPALS_MAX = 256, CL_CERT_OPTIONS_MAX = 64 };

struct cleat_cert {
    atomic_uint refs;
    const cl_env *env;
    cleat_ctx *ctx; /* keeps env alive; NULL for one that stays inside the library */
    cl_buf blob;
    cl_arena arena; /* what facts point at */
    cleat_cert_facts facts;
    cleat_key *subject, *authority;
    const cl_sig_alg *signed_with;
    const char *type;
};

/* The blob must hold one certificate and nothing after it, and be signed by its authority. */
CLEAT_MUST_USE cleat_status cl_cert_from_blob(const cl_env *env, cleat_slice blob, cleat_cert **out,
                                              cleat_error *err);

/* One line "type base64 comment": appends the blob, which begins with that type. */
CLEAT_MUST_USE cleat_status cl_cert_decode_line(cleat_slice line, cl_buf *blob, cleat_error *err);

/* The certificate and the keys in it keep the context alive. */
void cl_cert_bind(cleat_cert *cert, cleat_ctx *ctx);

/* As cl_key_write_private_fields, for the key that is certified: the certificate goes along. */
CLEAT_MUST_USE cleat_status cl_cert_write_private_fields(const cleat_cert *cert,
                                                         const cleat_key *key, cl_buf *out);

#endif
