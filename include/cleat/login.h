/* A ready plan for logging in: which method comes next, and with which key. Sans-I/O like the
 * connection it drives: hand it the events of its connection, and do what it asks for. */
#ifndef CLEAT_LOGIN_H
#define CLEAT_LOGIN_H

#include <cleat/event.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cleat_login cleat_login;

/* Zero means default for every member but user. */
typedef struct cleat_login_options {
    size_t struct_size;
    const char *user;    /* required */
    const char *methods; /* order of preference; NULL: "publickey,keyboard-interactive,password" */
    uint32_t password_tries; /* 0: 3; for password and for keyboard-interactive each */
    bool plain_publickey;    /* never the host-bound form */
    const char
        *key_algorithms;    /* signature names that keys may be used with; NULL: all but SHA-1 */
    const char *submethods; /* hints for keyboard-interactive (RFC 4256 §3.1); NULL: none */
    unsigned rsa_min_bits;  /* shorter RSA keys are passed over, as DSA keys always; 0: 2048 */
} cleat_login_options;

typedef enum cleat_login_step {
    CLEAT_LOGIN_NOT_MINE =
        0,            /* the event is not about authentication, or is the owner's to answer */
    CLEAT_LOGIN_WAIT, /* dealt with; more to come */
    CLEAT_LOGIN_NEED_PASSWORD, /* call cleat_login_password, now or later */
    CLEAT_LOGIN_DONE,          /* logged in */
    CLEAT_LOGIN_FAILED         /* nothing is left to try: cleat_login_reason */
} cleat_login_step;

/* The connection is borrowed and must outlive the login. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_login_new(cleat_login **out, cleat_conn *c,
                                                      const cleat_login_options *options);
CLEAT_API void cleat_login_free(cleat_login *l);

/* Adds a key to be tried, in order. public_key is referenced; it may hold the private part too.
 * Keys without one, and keys in an agent or token, are fine: the signature is asked for by
 * CLEAT_EV_SIGN, whose key_blob and `cleat_login_key_user` tell which key. Keys whose private part
 * is there are signed with at once, and CLEAT_EV_SIGN never reaches the owner. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_login_add_key(cleat_login *l, cleat_key *public_key,
                                                          void *user);

/* Adds a certificate to be tried; key is the one it certifies, with its private part or without. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_login_add_cert(cleat_login *l, cleat_key *key,
                                                           cleat_cert *cert, void *user);

/* The same for a chain of X.509 certificates (x509.h). */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_login_add_chain(cleat_login *l, cleat_key *key,
                                                            cleat_x509 *chain, void *user);

/* The `user` of the key that is being tried; NULL when none is. */
CLEAT_API void *cleat_login_key_user(const cleat_login *l);

/* The method that is being tried, or was last; "none" at first. */
CLEAT_API const char *cleat_login_method(const cleat_login *l);

/* Hands in one event. Prompts (CLEAT_EV_AUTH_PROMPT, CLEAT_EV_AUTH_CHANGE), banners and signatures
 * by keys without a private part are the owner's to answer and come back as CLEAT_LOGIN_NOT_MINE.
 */
CLEAT_API cleat_login_step cleat_login_event(cleat_login *l, const cleat_event *ev);

/* The password that was needed; NULL gives the method up. Copied, and wiped after use. */
CLEAT_API cleat_login_step cleat_login_password(cleat_login *l, const char *password);

/* After FAILED: "permission denied (publickey,password)". Until the login is freed. */
CLEAT_API const char *cleat_login_reason(const cleat_login *l);

/* The password attempt under way, from 1. */
CLEAT_API unsigned cleat_login_attempt(const cleat_login *l);

#ifdef __cplusplus
}
#endif
#endif
