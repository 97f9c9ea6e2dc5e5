/* What a security key's files and blobs hold beside its public key (OpenSSH's PROTOCOL.u2f): for
 * whom the device signs, and in private what it knows the key again by. */
#ifndef CL_KEY_KEY_SK_H
#define CL_KEY_KEY_SK_H

#include "../base/buf.h"
#include "../wire/reader.h"

typedef struct cl_sk {
    cl_buf application; /* with a zero byte behind it; empty for other keys */
    cl_buf handle;      /* empty where only the public part is known */
    cl_buf reserved;
    uint8_t flags;
} cl_sk;

void cl_sk_init(cl_sk *sk, const cleat_allocator *mem);
void cl_sk_free(cl_sk *sk);

/* `to` is empty. CLEAT_E_NOMEM. */
CLEAT_MUST_USE cleat_status cl_sk_copy(cl_sk *to, const cl_sk *from);

/* The fields behind the public key, in a public and in a private key; r is left behind them. */
CLEAT_MUST_USE cleat_status cl_sk_read_public(cl_sk *sk, cl_reader *r, cleat_error *err);
CLEAT_MUST_USE cleat_status cl_sk_read_private(cl_sk *sk, cl_reader *r, cleat_error *err);
void cl_sk_put_public(const cl_sk *sk, cl_buf *out);
void cl_sk_put_private(const cl_sk *sk, cl_buf *out);

#endif
