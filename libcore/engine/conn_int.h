/* The connection's inside, shared by the files of this folder. */
#ifndef CL_ENGINE_CONN_INT_H
#define CL_ENGINE_CONN_INT_H

#include "../alg/ctx.h"
#include "../auth/client.h"
#include "../auth/server.h"
#include "../base/error.h"
#include "../channel/mux.h"
#include "../transport/extinfo.h"
#include "../transport/kex.h"
#include "policy.h"
#include "rules.h"

enum {
    CL_HELD_MAX = 1 << 20,      /* bytes kept back during an exchange */
    CL_REPLIES_MAX = 1 << 20,   /* unsent replies beyond queue_max at which we stop reading */
    CL_EXCHANGES_IN_A_ROW = 32, /* that a peer may start with nothing in between */
    CL_GLOBALS_MAX = 64,        /* unanswered global requests, each way */
    CL_HOST_KEYS_MAX = 64,      /* in one announcement */
};

/* A global request of the peer's that waits for our reply; they leave in order. */
typedef struct cl_global_due {
    struct cl_global_due *next;
    uint64_t query; /* 0: answered by the engine itself */
    bool answered, success;
    cl_buf payload;
} cl_global_due;

typedef enum cl_global_kind {
    CL_GLOBAL_OWNER,
    CL_GLOBAL_KEEPALIVE,
    CL_GLOBAL_PROVE,
} cl_global_kind;

/* A global request of ours that waits for the peer's reply. */
typedef struct cl_global_awaited {
    struct cl_global_awaited *next;
    cl_global_kind kind;
    uint64_t tag;
    uint64_t sent_at;
} cl_global_awaited;

typedef struct cl_globals {
    cl_global_due *due_first, *due_last;
    cl_global_awaited *awaited_first, *awaited_last;
    uint32_t due_count, awaited_count;

    /* Client: the server's announcement (hostkeys-00) and the proof that was asked for. */
    cl_arena announced_memory;
    cleat_slice *announced;
    size_t announced_count;
    size_t asked[CL_HOST_KEYS_MAX];
    size_t asked_count;

    /* Server: a proof under way, one signature after another. */
    cl_global_due *proof; /* the reply that it fills; NULL: none */
    cl_buf proof_keys;    /* blobs as strings, those not signed yet */
} cl_globals;

/* Facts from EXT_INFO. */
typedef struct cl_peer_facts {
    cl_buf sig_algs;
    bool hostbound, ping, ext_in_auth;
} cl_peer_facts;

typedef enum cl_end { CL_END_NONE, CL_END_PENDING, CL_END_TOLD } cl_end;

struct cleat_conn {
    cleat_ctx *ctx;
    const cl_env *env;
    cleat_role role;
    cleat_policy *policy;
    cleat_policy *user_policy;  /* server: for users' keys, once the user is known; or NULL */
    cleat_conn_options options; /* pointers in it are ours or NULL */
    char *banner;
    cleat_key **host_keys;
    cleat_cert **host_certs;
    cleat_x509 **host_chains;
    char *host_key_names; /* server: the offered list */
    cl_logger log;
    cleat_error error;
    void *user;

    cl_link link;
    cl_events events;
    cl_queries queries;
    cl_rx rx;
    cl_tx tx;
    cl_hello hello;
    cl_kexer kx;
    cl_auth_client authc;
    cl_auth_server auths;
    cl_mux mux;
    cl_globals globals;
    cl_peer_facts peer;

    cl_phase base;      /* VERSION, SERVICE, AUTH or OPEN: what is not about keys */
    bool success_known; /* SUCCESS has left or come: delayed compression counts from the next packet
                         */
    bool said_more;     /* server: something other than USERAUTH_REQUEST came after success */
    bool got_eof;
    cl_buf held;  /* messages kept back during an exchange, each as a string */
    cl_buf stash; /* one authentication request that has to wait */
    bool stashed;
    cl_buf known_host_key; /* client: the key that the owner accepted */
    uint32_t exchanges_in_a_row;

    uint64_t now, started_at, exchanged_at;
    uint64_t heard_at, keepalive_at;
    uint32_t keepalives_unanswered;
    uint64_t asked_at; /* service request or its answer: the peer's next message is due at once */
    uint32_t rtt_ms;

    cl_end end;
    cleat_event closed_event; /* kept ready: it must come out even without memory */
};

/* ---- conn.c ---- */

/* Replaces what is 0 by the defaults. */
void cl_conn_fill_defaults(cleat_conn_options *o);

/* Tells the parts of the server's side what the options say. */
void cl_conn_apply_options(cleat_conn *c);

/* Ends the connection: DISCONNECT where it makes sense, CLOSED for channels and connection. st is
 * what happened; c->error may hold the details already. */
void cl_conn_fail(cleat_conn *c, cleat_status st);

/* Ends it without an error of ours: the peer's DISCONNECT or our owner's wish. */
void cl_conn_end(cleat_conn *c, cleat_status st, uint32_t reason, bool by_peer, const char *text);

/* Fails the connection when st is an error, and returns st. For calls of the owner's. */
CLEAT_MUST_USE cleat_status cl_conn_check(cleat_conn *c, cleat_status st);

cl_phase cl_conn_phase(const cleat_conn *c);

/* ---- conn_send.c ---- */

CLEAT_MUST_USE cleat_status cl_conn_send(void *conn, const cleat_slice *parts, size_t count);
size_t cl_conn_send_room(void *conn);
CLEAT_MUST_USE cleat_status cl_conn_send_now(cleat_conn *c, cl_buf *message);
CLEAT_MUST_USE cleat_status cl_conn_release_held(cleat_conn *c);
void cl_conn_send_disconnect(cleat_conn *c, uint32_t reason, const char *text);

/* ---- kex_steps.c ---- */

/* Does what the exchange wants next, until it wants something from outside. */
CLEAT_MUST_USE cleat_status cl_conn_kex_steps(cleat_conn *c);
CLEAT_MUST_USE cleat_status cl_conn_rekey_if_due(cleat_conn *c);

/* SUCCESS has left or come: turns delayed compression on (OpenSSH PROTOCOL 1.2). */
CLEAT_MUST_USE cleat_status cl_conn_compress_after_auth(cleat_conn *c);
CLEAT_MUST_USE cleat_status cl_conn_set_inflate(cleat_conn *c);

/* ---- on_auth.c ---- */

CLEAT_MUST_USE cleat_status cl_conn_authenticated(cleat_conn *c);

/* ---- global.c ---- */

/* What was sent then has just been answered: a round trip. */
void cl_conn_measure(cleat_conn *c, uint64_t sent_at);

void cl_globals_init(cleat_conn *c);
void cl_globals_free(cleat_conn *c);
CLEAT_MUST_USE cleat_status cl_conn_send_keepalive(cleat_conn *c);
CLEAT_MUST_USE cleat_status cl_conn_global_send(cleat_conn *c, const char *name, bool want_reply,
                                                cleat_slice fields, cl_global_kind kind,
                                                uint64_t tag);
CLEAT_MUST_USE cleat_status cl_globals_answer(cleat_conn *c, uint64_t query, bool success,
                                              cleat_slice payload);
cl_global_due *cl_globals_owe(cleat_conn *c, uint64_t query);
CLEAT_MUST_USE cleat_status cl_globals_flush(cleat_conn *c);

/* ---- hostkeys.c ---- */

CLEAT_MUST_USE cleat_status cl_conn_announce_hostkeys(cleat_conn *c);
CLEAT_MUST_USE cleat_status cl_hostkeys_on_announce(cleat_conn *c, cleat_slice fields);
CLEAT_MUST_USE cleat_status cl_hostkeys_on_prove(cleat_conn *c, cleat_slice fields);
CLEAT_MUST_USE cleat_status cl_hostkeys_on_proof(cleat_conn *c, bool success, cleat_slice fields);
CLEAT_MUST_USE cleat_status cl_hostkeys_signature(cleat_conn *c, cleat_slice signature);

#endif
