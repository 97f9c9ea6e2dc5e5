/* The client's side of the agent protocol (RFC 9987), sans-I/O: bytes go in and out, replies are
 * pulled. An agent answers in order, so any number of requests may be under way. */
#ifndef CLEAT_AGENT_H
#define CLEAT_AGENT_H

#include <cleat/cert.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cleat_agent cleat_agent;

/* One conversation with an agent; the context is referenced. CLEAT_E_NOMEM. Freeing forgets the
 * requests without a reply; NULL is fine. uv.h has one that does its own input and output. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_agent_new(cleat_agent **out, cleat_ctx *ctx);
CLEAT_API void cleat_agent_free(cleat_agent *a);

/* ---- bytes -----------------------------------------------------------------------------------
 */

/* What came from the agent, in pieces of any size. CLEAT_E_PROTO, CLEAT_E_LIMIT or CLEAT_E_NOMEM
 * end the conversation. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_agent_recv(cleat_agent *a, cleat_slice bytes);

/* What is to be sent to it; valid until the next call. Empty when there is nothing. */
CLEAT_API cleat_slice cleat_agent_send_peek(const cleat_agent *a);
CLEAT_API void cleat_agent_send_done(cleat_agent *a, size_t n);

/* ---- requests --------------------------------------------------------------------------------
 * Each gets one reply, which brings the tag back. */

typedef enum cleat_agent_request {
    CLEAT_AGENT_LIST = 1,
    CLEAT_AGENT_SIGN,
    CLEAT_AGENT_BIND,
    CLEAT_AGENT_ADD
} cleat_agent_request;

/* The keys that it has. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_agent_list(cleat_agent *a, void *tag);

/* A signature of the message, not hashed, by the key; algorithm is a signature name. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_agent_sign(cleat_agent *a, cleat_slice key_blob,
                                                       const char *algorithm, cleat_slice message,
                                                       void *tag);

/* session-bind@openssh.com: what follows on this connection is for the session of that host. The
 * facts are those of the first key exchange (conn.h). Agents that do not know it refuse. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_agent_bind(cleat_agent *a, cleat_slice host_key,
                                                       cleat_slice session_id,
                                                       cleat_slice signature, bool forwarding,
                                                       void *tag);

/* Hands a key with its private part over. lifetime: seconds, 0 for as long as the agent lives;
 * confirm: the agent asks its user before each use. comment may be NULL. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_agent_add(cleat_agent *a, const cleat_key *key,
                                                      const char *comment, uint32_t lifetime,
                                                      bool confirm, void *tag);

/* The same with a certificate of the key, which the agent then keeps beside what it has of the key
 * alone. CLEAT_E_BAD_CALL also for another key's certificate. The reply is an ADD. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_agent_add_cert(cleat_agent *a, const cleat_key *key,
                                                           const cleat_cert *cert,
                                                           const char *comment, uint32_t lifetime,
                                                           bool confirm, void *tag);

typedef struct cleat_agent_key {
    cleat_slice blob;    /* of a key or a certificate */
    const char *comment; /* as the agent gave it: escape it before printing */
} cleat_agent_key;

typedef struct cleat_agent_reply {
    cleat_agent_request request;
    void *tag;
    bool success;
    const cleat_agent_key *keys; /* LIST */
    size_t key_count;
    cleat_slice signature; /* SIGN: the whole blob (string algorithm, string signature) */
} cleat_agent_reply;

/* The next reply, or NULL: none for now. It is borrowed until the next call on the agent. A reply
 * that makes no sense counts as a refusal. */
CLEAT_API const cleat_agent_reply *cleat_agent_next(cleat_agent *a);

/* Requests without a reply. */
CLEAT_API size_t cleat_agent_waiting(const cleat_agent *a);

#ifdef __cplusplus
}
#endif
#endif
