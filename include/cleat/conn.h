/* A connection: the sans-I/O engine. Bytes go in, bytes come out, events are pulled, the clock is
 * an argument. One thread at a time; no file descriptor, no callback, no blocking call.
 *
 * The loop around it, whatever does the I/O:
 *
 *     recv_space / recv_done   bytes that arrived
 *     next                     until it returns NULL: events; answer their queries now or later
 *     send_peek / send_done    bytes to be sent
 *     deadline / tick          when to come back if nothing arrives
 */
#ifndef CLEAT_CONN_H
#define CLEAT_CONN_H

#include <cleat/algo.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cleat_conn cleat_conn;
typedef struct cleat_key cleat_key;   /* key.h */
typedef struct cleat_cert cleat_cert; /* cert.h */
typedef struct cleat_x509 cleat_x509; /* x509.h */
typedef struct cleat_channel cleat_channel;
typedef struct cleat_event cleat_event;

/* Zero means default for every member. Strings and arrays are copied, objects are referenced. */
typedef struct cleat_conn_options {
    size_t struct_size;
    cleat_policy *policy;         /* NULL: the role's defaults */
    const char *software_version; /* after "SSH-2.0-"; NULL: "Cleat_<version>" (RFC 4253 §4.2) */
    uint64_t rekey_bytes;         /* after this many bytes either way; 0: as RFC 4344 §3.2 asks */
    uint32_t rekey_seconds;       /* 0: never by time */
    uint32_t handshake_ms;        /* from start to the end of authentication; 0: no limit */
    uint32_t keepalive_ms; /* silence after which the peer is asked for a sign of life; 0: never */
    uint32_t keepalive_count;  /* unanswered ones that end the connection; 0: 3 */
    uint32_t packet_max;       /* largest packet_length accepted; 0: 256 KiB */
    uint32_t window_max;       /* receive window that a channel may grow to; 0: 8 MiB */
    uint32_t conn_window_max;  /* all channels together; 0: 32 MiB */
    uint32_t channels_max;     /* open at a time; 0: 1024 */
    uint32_t queue_max;        /* bytes waiting to be sent before channel writes pause; 0: 1 MiB */
    uint64_t log_id;           /* shown in log records */
    cleat_log_level log_level; /* lowers or raises the sink's level for this connection; 0: as is */

    /* server */
    cleat_key *const *host_keys; /* public halves suffice: signatures are asked for by query */
    size_t host_key_count;
    uint32_t auth_tries_max; /* failures that end the connection; 0: 6 */
    uint32_t auth_fail_ms; /* a refusal leaves this after its request, or a multiple; 0: at once */
    const char *banner;    /* sent before the first authentication answer; NULL: none */
    bool announce_host_keys; /* hostkeys-00@openssh.com after authentication */
    uint32_t sessions_max;   /* open session channels; 0: 10; UINT32_MAX: none */

    /* client */
    bool no_trivial_auth; /* success without any signature, password or answer is an error */

    /* server */
    cleat_cert *const *host_certs; /* of some of host_keys, shown to clients that ask for them */
    size_t host_cert_count;
    cleat_x509 *const *host_chains; /* the same, of X.509 certificates */
    size_t host_chain_count;
    uint32_t auth_password_fail_ms; /* of passwords and answers, whose checks take longer than those
                                       of keys; 0: auth_fail_ms */
} cleat_conn_options;

/* now_ms: any clock that never goes back, the same scale for every call on this connection. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_conn_new(cleat_conn **out, cleat_ctx *ctx,
                                                     cleat_role role,
                                                     const cleat_conn_options *options,
                                                     uint64_t now_ms);

/* Server, until the user is logged in: takes from these options what may depend on who that is:
 * rekey_bytes, rekey_seconds, keepalive_ms, keepalive_count, auth_tries_max, sessions_max,
 * log_level, and of the policy what it says about users' keys. The others do not matter. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_conn_adjust(cleat_conn *c,
                                                        const cleat_conn_options *options);

/* Frees the connection, its events and every channel handle that is left. Sends nothing: to say
 * goodbye call cleat_conn_disconnect and send what send_peek gives. NULL is fine. */
CLEAT_API void cleat_conn_free(cleat_conn *c);

/* ---- bytes ------------------------------------------------------------------------------------
 */

/* Where the next bytes from the peer may be written; *room is at least 1 unless the connection has
 * ended or waits for events to be pulled (then 0: read no more for now, next() will free room). */
CLEAT_API uint8_t *cleat_conn_recv_space(cleat_conn *c, size_t *room);

/* n bytes were written there. Parsing happens in cleat_conn_next. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_conn_recv_done(cleat_conn *c, size_t n);

/* The peer will send no more. */
CLEAT_API void cleat_conn_recv_eof(cleat_conn *c);

/* Bytes to send, as an array for writev(); NULL and *count 0 when there are none. Valid until
 * the next call on the connection other than send_done. At most 64 slices a call. */
CLEAT_API const cleat_slice *cleat_conn_send_peek(cleat_conn *c, size_t *count);

/* The first n of those bytes are on their way. */
CLEAT_API void cleat_conn_send_done(cleat_conn *c, size_t n);

/* ---- meaning ----------------------------------------------------------------------------------
 */

/* The next event, or NULL: nothing more for now. It and everything it points to belong to the
 * connection and are valid until the next call of this function or cleat_conn_free; slices of
 * channel data until the next call of cleat_conn_next or cleat_conn_recv_space. The last event is
 * CLEAT_EV_CLOSED; after it only NULL comes. See event.h. */
CLEAT_API const cleat_event *cleat_conn_next(cleat_conn *c);

/* ---- time -------------------------------------------------------------------------------------
 */

/* When to call tick, and next after it, at the latest; UINT64_MAX: no need to. While events wait to
 * be pulled, as after a send_done that made room, that is now. */
CLEAT_API uint64_t cleat_conn_deadline(const cleat_conn *c);

/* Tells the time; call it also before recv_done where round trips should be measured well. */
CLEAT_API void cleat_conn_tick(cleat_conn *c, uint64_t now_ms);

/* ---- state ------------------------------------------------------------------------------------
 */

/* The first fatal error; status CLEAT_OK while there is none. */
CLEAT_API const cleat_error *cleat_conn_error(const cleat_conn *c);

/* Reasons for the end (RFC 4253 §11.1). */
enum {
    CLEAT_DISCONNECT_NOT_ALLOWED = 1,
    CLEAT_DISCONNECT_PROTOCOL_ERROR = 2,
    CLEAT_DISCONNECT_KEX_FAILED = 3,
    CLEAT_DISCONNECT_MAC_ERROR = 5,
    CLEAT_DISCONNECT_COMPRESSION_ERROR = 6,
    CLEAT_DISCONNECT_NO_SERVICE = 7,
    CLEAT_DISCONNECT_BAD_VERSION = 8,
    CLEAT_DISCONNECT_BAD_HOST_KEY = 9,
    CLEAT_DISCONNECT_LOST = 10,
    CLEAT_DISCONNECT_BY_APPLICATION = 11,
    CLEAT_DISCONNECT_TOO_MANY = 12,
    CLEAT_DISCONNECT_AUTH_CANCELLED = 13,
    CLEAT_DISCONNECT_NO_MORE_METHODS = 14,
    CLEAT_DISCONNECT_ILLEGAL_USER = 15
};

/* Queues DISCONNECT and ends the connection: CLEAT_EV_CLOSED follows. reason: CLEAT_DISCONNECT_*;
 * text, for people, may be NULL. */
CLEAT_API void cleat_conn_disconnect(cleat_conn *c, uint32_t reason, const char *text);

/* True from the moment that no more bytes are wanted or will be made. */
CLEAT_API bool cleat_conn_is_closed(const cleat_conn *c);

/* True once authentication has succeeded. */
CLEAT_API bool cleat_conn_is_authenticated(const cleat_conn *c);

/* True while nothing is queued to be sent. */
CLEAT_API bool cleat_conn_is_flushed(const cleat_conn *c);

/* What it was made with, borrowed. */
CLEAT_API cleat_role cleat_conn_role(const cleat_conn *c);
CLEAT_API cleat_ctx *cleat_conn_ctx(const cleat_conn *c);

/* The caller's own pointer; NULL at first. On a connection that runs on libuv it is uv.h's. */
CLEAT_API void cleat_conn_set_user(cleat_conn *c, void *user);
CLEAT_API void *cleat_conn_user(const cleat_conn *c);

/* The peer's identification line without line end, as received; NULL before it came. */
CLEAT_API const char *cleat_conn_peer_version(const cleat_conn *c);
CLEAT_API const char *cleat_conn_our_version(const cleat_conn *c);

/* Facts of the latest key exchange, for session-bind, keysign and gssapi-keyex. Empty before the
 * first one. Valid until the next exchange. */
CLEAT_API cleat_slice cleat_conn_session_id(const cleat_conn *c);    /* H of the first exchange */
CLEAT_API cleat_slice cleat_conn_exchange_hash(const cleat_conn *c); /* H of the latest */
CLEAT_API cleat_slice cleat_conn_host_key(const cleat_conn *c); /* K_S blob; empty without one */
CLEAT_API cleat_slice cleat_conn_host_signature(const cleat_conn *c);

/* What was negotiated; NULL members before the first exchange. Names have static storage or live
 * as long as the connection. mac is "<implicit>" for AEAD ciphers. */
typedef struct cleat_conn_algorithms {
    const char *kex;
    const char *host_key;
    const char *cipher_in, *cipher_out;
    const char *mac_in, *mac_out;
    const char *compression_in, *compression_out;
    bool strict; /* strict key exchange is in force */
} cleat_conn_algorithms;

/* Of the latest exchange, from CLEAT_EV_NEGOTIATED on. */
CLEAT_API cleat_conn_algorithms cleat_conn_negotiated(const cleat_conn *c);

/* What a connection has done so far. */
typedef struct cleat_conn_stats {
    uint64_t bytes_in, bytes_out; /* on the wire */
    uint64_t packets_in, packets_out;
    uint32_t exchanges; /* key exchanges finished */
    uint32_t channels;  /* open now */
    uint32_t rtt_ms;    /* smoothed round trip, 0 while unknown */
    size_t queued;      /* bytes waiting for send_done */
} cleat_conn_stats;

/* Counts since the connection was made. */
CLEAT_API cleat_conn_stats cleat_conn_get_stats(const cleat_conn *c);

/* Starts a key exchange now; nothing while one runs. CLEAT_E_BAD_CALL before authentication. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_conn_rekey(cleat_conn *c);

/* ping@openssh.com: CLEAT_EV_PONG brings the data back. CLEAT_E_UNSUPPORTED where the peer has not
 * announced it. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_conn_ping(cleat_conn *c, cleat_slice data);

/* Sends IGNORE (RFC 4253 §11.2) and DEBUG (§11.3). */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_conn_send_ignore(cleat_conn *c, cleat_slice data);
CLEAT_API CLEAT_MUST_USE cleat_status cleat_conn_send_debug(cleat_conn *c, bool always_display,
                                                            const char *text);

/* A request about the connection as a whole (RFC 4254 §4). payload: the request's own fields. With
 * want_reply CLEAT_EV_GLOBAL_REPLY follows, in the order of the requests, with the same tag. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_conn_global_request(cleat_conn *c, const char *name,
                                                                bool want_reply,
                                                                cleat_slice payload, uint64_t tag);

/* Client: asks for proof of the i-th keys of the last CLEAT_EV_HOSTKEYS (hostkeys-prove-00);
 * CLEAT_EV_HOSTKEYS_PROVED follows. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_conn_prove_hostkeys(cleat_conn *c,
                                                                const size_t *indexes,
                                                                size_t count);

/* Why a query is refused or answered: with the id of its event. Every query takes exactly one
 * answer; a late, doubled or unknown id is CLEAT_E_STALE and changes nothing. */

/* The general refusal, for any query. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_answer_reject(cleat_conn *c, uint64_t query);

/* CLEAT_EV_HOSTKEY: true goes on, false ends the connection with CLEAT_E_HOSTKEY. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_answer_hostkey(cleat_conn *c, uint64_t query,
                                                           bool accept);

/* CLEAT_EV_SIGN: the signature blob (string algorithm, string signature; RFC 4253 §6.6). */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_answer_signature(cleat_conn *c, uint64_t query,
                                                             cleat_slice signature);

/* CLEAT_EV_DH_GROUP: prime and generator as big-endian magnitudes. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_answer_dh_group(cleat_conn *c, uint64_t query,
                                                            cleat_slice p, cleat_slice g);

/* CLEAT_EV_GLOBAL_REQUEST: success with the request's own reply fields (often empty). */
/* The same for tcpip-forward and streamlocal-forward@openssh.com. chosen: the port that is listened
 * on, if it was asked for one that is free (0); else 0. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_answer_forward(cleat_conn *c, uint64_t query,
                                                           uint16_t chosen);
CLEAT_API CLEAT_MUST_USE cleat_status cleat_answer_global(cleat_conn *c, uint64_t query,
                                                          cleat_slice payload);

#ifdef __cplusplus
}
#endif
#endif
