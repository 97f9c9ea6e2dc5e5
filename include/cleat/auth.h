/* User authentication (RFC 4252, RFC 4256). The client tries methods, the server's owner decides.
 * Which method comes next, and with which key, is its owner's plan: login.h has a ready one. */
#ifndef CLEAT_AUTH_H
#define CLEAT_AUTH_H

#include <cleat/conn.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- client ------------------------------------------------------------------------------------
 * Each try is allowed while no other is under way, from the first CLEAT_EV_AUTH_NEXT on. It ends
 * with CLEAT_EV_AUTH_NEXT (refused, or one of several needed) or CLEAT_EV_AUTH_SUCCESS.
 * CLEAT_E_BAD_CALL out of turn. user must stay the same within a connection. */

/* Asks which methods there are (RFC 4252 §5.2); few servers let anybody in by it. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_auth_none(cleat_conn *c, const char *user);

/* RFC 4252 §7. Asks whether the key would do, without a signature; CLEAT_EV_AUTH_PK_OK when it
 * would. algorithm is a signature name (see cleat_key_pick_algorithm). */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_auth_probe(cleat_conn *c, const char *user,
                                                       const char *algorithm, cleat_slice key_blob);

/* Authenticates with the key: CLEAT_EV_SIGN asks for the signature. Uses
 * publickey-hostbound-v00@openssh.com where the server announced it, unless plain is true. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_auth_publickey(cleat_conn *c, const char *user,
                                                           const char *algorithm,
                                                           cleat_slice key_blob, bool plain);

/* RFC 4252 §8. The password is UTF-8, and is wiped once it is sent. CLEAT_EV_AUTH_CHANGE asks for a
 * new one where the old one has expired. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_auth_password(cleat_conn *c, const char *user,
                                                          const char *password);

/* RFC 4256. CLEAT_EV_AUTH_PROMPT brings each round of questions. submethods: hint, "" for none. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_auth_kbdint(cleat_conn *c, const char *user,
                                                        const char *submethods);

/* CLEAT_EV_AUTH_PROMPT: one response for every prompt, UTF-8; NULL and 0 for a round without any.
 */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_answer_prompt(cleat_conn *c, uint64_t query,
                                                          const char *const *responses,
                                                          size_t count);

/* CLEAT_EV_AUTH_CHANGE: reject instead to give up. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_answer_password_change(cleat_conn *c, uint64_t query,
                                                                   const char *old_password,
                                                                   const char *new_password);

/* The server's server-sig-algs (RFC 8308 §3.1), "" when it sent none. */
CLEAT_API const char *cleat_conn_server_sig_algs(const cleat_conn *c);

/* ---- server ------------------------------------------------------------------------------------
 * CLEAT_EV_AUTH_REQUEST is a query for every request that is well-formed (and, for publickey with a
 * signature, whose signature is right). */

typedef enum cleat_auth_verdict {
    CLEAT_AUTH_REJECT = 0,
    CLEAT_AUTH_PARTIAL, /* right, but more methods are needed */
    CLEAT_AUTH_ACCEPT,  /* logged in; for a key probe: this key would do */
} cleat_auth_verdict;

/* methods: names that can continue, comma-separated; borrowed for the call; for REJECT and PARTIAL
 * (NULL: the list of the last answer). The engine counts failures, waits auth_fail_ms, and then
 * refuses, or drops the connection at auth_tries_max. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_answer_auth(cleat_conn *c, uint64_t query,
                                                        cleat_auth_verdict verdict,
                                                        const char *methods);

/* What a publickey request with a signature claims. Strings and slices are borrowed. */
typedef struct cleat_auth_proof {
    size_t struct_size;
    cleat_slice session_id; /* the first exchange's hash */
    const char *user, *algorithm;
    cleat_slice key_blob, signature;
    cleat_slice host_key; /* of publickey-hostbound-v00@openssh.com: the host's key; else empty */
} cleat_auth_proof;

/* Whether the signature is right: for a program that decides in another process than the engine's,
 * and believes nothing that it is told. The engine has looked at the same already. Whether the key
 * may log in is another question. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_auth_check_proof(cleat_ctx *ctx,
                                                             const cleat_auth_proof *proof,
                                                             cleat_error *error);

/* For a password request: asks for a new one (RFC 4252 §8). */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_answer_auth_change(cleat_conn *c, uint64_t query,
                                                               const char *prompt);

typedef struct cleat_prompt {
    const char *text;
    bool echo;
} cleat_prompt;

/* For a keyboard-interactive request or response: asks (more) questions (RFC 4256 §3.2). */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_answer_auth_prompts(cleat_conn *c, uint64_t query,
                                                                const char *name,
                                                                const char *instruction,
                                                                const cleat_prompt *prompts,
                                                                size_t count);

/* Sends a banner now; allowed until success (RFC 4252 §5.4). */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_auth_banner(cleat_conn *c, const char *text);

/* Sends a second EXT_INFO with per-user server-sig-algs where the client announced
 * ext-info-in-auth@openssh.com; CLEAT_E_UNSUPPORTED where not. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_auth_send_sig_algs(cleat_conn *c, const char *sig_algs);

#ifdef __cplusplus
}
#endif
#endif
