/* For authors of key providers: agents, tokens, security keys, other processes. A signer stands
 * for one private key that the library never sees. */
#ifndef CLEAT_PROVIDER_H
#define CLEAT_PROVIDER_H

#include <cleat/event.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What is to be signed. Borrowed for the call. */
typedef struct cleat_sign_request {
    cleat_slice key_blob;       /* the public key (RFC 4253 §6.6) */
    const char *algorithm;      /* signature name, e.g. "rsa-sha2-512" */
    cleat_slice message;        /* not hashed */
    cleat_sign_purpose purpose; /* the signer may refuse, or ask its user differently, by it */
} cleat_sign_request;

/* The answer. signature is the whole blob (string algorithm, string signature) and empty unless
 * status is CLEAT_OK; error may be NULL. Everything is borrowed for the call. */
typedef void (*cleat_sign_done)(void *done_user, cleat_status status, cleat_slice signature,
                                const cleat_error *error);

/* One key's signer. It may answer within the call or at any time later, in any order, and must
 * answer every accepted request exactly once: a cancelled one with CLEAT_E_CANCELLED. The answer
 * comes on the thread that owns the requester. */
typedef struct cleat_signer {
    size_t struct_size; /* sizeof(cleat_signer) */
    void *user;

    /* CLEAT_OK: accepted, done comes (or has come) once. Any other status: refused, done is not
     * called, error (which may be NULL) is filled in. */
    cleat_status (*sign)(void *user, const cleat_sign_request *request, cleat_sign_done done,
                         void *done_user, cleat_error *error);

    /* Gives up the request made with this done_user, if it still waits. May be NULL. */
    void (*cancel)(void *user, void *done_user);

    /* The key is gone, nothing waits any more. May be NULL. */
    void (*release)(void *user);
} cleat_signer;

#ifdef __cplusplus
}
#endif
#endif
