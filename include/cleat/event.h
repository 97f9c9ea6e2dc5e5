/* What a connection tells its owner. Pulled with cleat_conn_next, never called back. An event whose
 * query is not 0 waits for exactly one answer: the cleat_answer_* call named beside it. */
#ifndef CLEAT_EVENT_H
#define CLEAT_EVENT_H

#include <cleat/auth.h>
#include <cleat/channel.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum cleat_event_type {
    /* The peer's identification has arrived: text. */
    CLEAT_EV_VERSION = 1,
    /* Both KEXINITs are known: cleat_conn_negotiated() tells the choice. */
    CLEAT_EV_NEGOTIATED,
    /* Query, client: is this the host's key? u.hostkey; cleat_answer_hostkey. The host's signature
     * has been checked. Asked again on a re-exchange only when the key differs. */
    CLEAT_EV_HOSTKEY,
    /* Query: sign u.sign.message; cleat_answer_signature. */
    CLEAT_EV_SIGN,
    /* Query, server: a group for Diffie-Hellman group exchange: u.dh_group; cleat_answer_dh_group
     * (reject: a fixed group of the library's that fits). */
    CLEAT_EV_DH_GROUP,
    /* New keys are in use both ways; u.newkeys.first on the first exchange. */
    CLEAT_EV_NEWKEYS,
    /* The peer's EXT_INFO (RFC 8308): u.ext_info, one event for each entry. */
    CLEAT_EV_EXT_INFO,

    /* Client: authentication may be tried (again): u.auth_next. */
    CLEAT_EV_AUTH_NEXT,
    /* Client: the probed key would do: u.key. */
    CLEAT_EV_AUTH_PK_OK,
    /* Query, client: questions: u.prompt; cleat_answer_prompt. */
    CLEAT_EV_AUTH_PROMPT,
    /* Query, client: the password has expired: text; cleat_answer_password_change. */
    CLEAT_EV_AUTH_CHANGE,
    /* Client: a message to show the user: text (raw UTF-8 from the peer; escape before printing).
     */
    CLEAT_EV_AUTH_BANNER,
    /* Both: logged in. u.auth_done. */
    CLEAT_EV_AUTH_SUCCESS,
    /* Query, server: decide: u.auth; cleat_answer_auth or one of its kin. */
    CLEAT_EV_AUTH_REQUEST,

    /* Our open was confirmed, or failed: channel, u.open_failed. */
    CLEAT_EV_CHANNEL_OPENED,
    CLEAT_EV_CHANNEL_FAILED,
    /* Query: the peer opens a channel: u.open; cleat_answer_channel, cleat_answer_channel_refuse.
     */
    CLEAT_EV_CHANNEL_OPEN,
    /* u.data; give back with cleat_channel_consume. */
    CLEAT_EV_CHANNEL_DATA,
    CLEAT_EV_CHANNEL_EOF,
    /* After a write that was cut short: there is room again. */
    CLEAT_EV_CHANNEL_WRITABLE,
    /* Query when a reply is wanted: u.request; cleat_answer_request. */
    CLEAT_EV_CHANNEL_REQUEST,
    /* A reply to one of our requests: u.reply. */
    CLEAT_EV_CHANNEL_REPLY,
    /* Both halves are closed, or the connection is gone; nothing more comes for this channel. */
    CLEAT_EV_CHANNEL_CLOSED,

    /* Query when a reply is wanted: u.global; cleat_answer_global. */
    CLEAT_EV_GLOBAL_REQUEST,
    CLEAT_EV_GLOBAL_REPLY,
    /* Client: the server's host keys: u.hostkeys; cleat_conn_prove_hostkeys. */
    CLEAT_EV_HOSTKEYS,
    CLEAT_EV_HOSTKEYS_PROVED,
    CLEAT_EV_PONG,
    /* The peer's DEBUG message: text. */
    CLEAT_EV_DEBUG,
    /* The last event: u.closed. */
    CLEAT_EV_CLOSED
} cleat_event_type;

typedef enum cleat_sign_purpose {
    CLEAT_SIGN_KEX = 1,        /* server: the exchange hash, with a host key */
    CLEAT_SIGN_HOSTKEYS_PROVE, /* server: proof of a further host key */
    CLEAT_SIGN_USERAUTH,       /* client: RFC 4252 §7, or its host-bound form */
    CLEAT_SIGN_MESSAGE         /* of no connection: what an SSHSIG signature covers (sshsig.h) */
} cleat_sign_purpose;

typedef enum cleat_auth_method {
    CLEAT_AUTH_NONE = 1,
    CLEAT_AUTH_PUBLICKEY_PROBE, /* nothing has been proved: ACCEPT says only "this key would do" */
    CLEAT_AUTH_PUBLICKEY,       /* the signature is right */
    CLEAT_AUTH_PASSWORD,
    CLEAT_AUTH_KBDINT,        /* the request */
    CLEAT_AUTH_KBDINT_ANSWER, /* the responses to our prompts */
} cleat_auth_method;

typedef enum cleat_request_type {
    CLEAT_REQ_OTHER = 0, /* unknown to the engine: name and payload */
    CLEAT_REQ_PTY,
    CLEAT_REQ_ENV,
    CLEAT_REQ_SHELL,
    CLEAT_REQ_EXEC,
    CLEAT_REQ_SUBSYSTEM,
    CLEAT_REQ_WINDOW_CHANGE,
    CLEAT_REQ_SIGNAL,
    CLEAT_REQ_BREAK,
    CLEAT_REQ_EXIT_STATUS,
    CLEAT_REQ_EXIT_SIGNAL,
    CLEAT_REQ_EOW,
    CLEAT_REQ_X11
} cleat_request_type;

/* Text members are NUL-terminated copies without embedded zeros; slices are raw bytes. */
struct cleat_event {
    cleat_event_type type;
    uint64_t query;         /* 0: no answer is expected */
    cleat_channel *channel; /* NULL when the event is not about one */
    const char *text;
    union {
        struct {
            cleat_slice blob;
            const char *algorithm; /* the signature name it was used with */
        } hostkey;
        struct {
            cleat_sign_purpose purpose;
            const char *algorithm; /* signature name */
            cleat_slice key_blob;  /* which key; the one in it where a certificate is shown */
            cleat_slice message;   /* not hashed */
            const char *user;      /* USERAUTH: the user's name; else NULL */
        } sign;
        struct {
            uint32_t min, preferred, max; /* bits */
        } dh_group;
        struct {
            bool first;
        } newkeys;
        struct {
            const char *name;
            cleat_slice value;
        } ext_info;
        struct {
            const char *methods; /* that can continue; "" before the first try */
            bool partial;        /* the last try was right, more is needed */
            bool first;          /* no try yet */
        } auth_next;
        struct {
            const char *algorithm;
            cleat_slice blob;
        } key;
        struct {
            const char *name, *instruction;
            const cleat_prompt *prompts;
            size_t count;
        } prompt;
        struct {
            const char *user;
            const char *method; /* the one that completed it, e.g. "publickey" */
        } auth_done;
        struct {
            cleat_auth_method method;
            const char *user;
            const char *service;
            uint32_t failures;            /* before this request */
            const char *algorithm;        /* publickey: signature name */
            cleat_slice key_blob;         /* publickey */
            cleat_slice signed_data;      /* publickey with signature: what was signed ... */
            cleat_slice signature;        /* ... and the signature blob; a security key's may lack
                                           * the touch: cleat_signature_attests */
            bool hostbound;               /* publickey: the signature covers the host key too */
            const char *password;         /* password; wiped when the event is gone */
            const char *new_password;     /* password change; else NULL */
            const char *submethods;       /* keyboard-interactive */
            const char *const *responses; /* keyboard-interactive answers; wiped as password */
            size_t response_count;
        } auth;
        struct {
            uint32_t reason; /* CLEAT_OPEN_* */
        } open_failed;       /* with text */
        struct {
            const char *type;
            cleat_slice extra;
            const char *host, *origin_host; /* direct-tcpip, forwarded-tcpip; else NULL */
            uint16_t port, origin_port;
            const char *path; /* direct-streamlocal@openssh.com, forwarded-streamlocal@openssh.com:
                               * of the UNIX socket; else NULL */
        } open;
        struct {
            uint32_t stream; /* CLEAT_STREAM_* */
            cleat_slice bytes;
        } data;
        struct {
            cleat_request_type type;
            const char *name;
            cleat_slice payload;   /* the request's own fields, raw */
            const char *command;   /* EXEC; SUBSYSTEM: its name */
            const char *env_name;  /* ENV */
            const char *env_value; /* ENV */
            cleat_pty pty;         /* PTY */
            cleat_winsize size;    /* WINDOW_CHANGE */
            const char *signal;    /* SIGNAL, EXIT_SIGNAL: without "SIG" */
            bool core_dumped;      /* EXIT_SIGNAL, with text */
            uint32_t status;       /* EXIT_STATUS; BREAK: milliseconds */
            struct {
                bool single; /* one connection, and no more */
                const char *protocol, *cookie;
                uint32_t screen;
            } x11; /* X11 (RFC 4254 §6.3.1) */
        } request;
        struct {
            const char *name; /* of our request */
            bool success;
        } reply;
        struct {
            const char *name;
            cleat_slice payload;
            const char *host; /* tcpip-forward, cancel-tcpip-forward (RFC 4254 §7.1); else NULL */
            uint16_t port;
            const char *path; /* streamlocal-forward@openssh.com, cancel-...: of the UNIX socket;
                               * else NULL */
        } global;
        struct {
            bool success;
            cleat_slice payload;
            uint64_t tag;
        } global_reply;
        struct {
            const cleat_slice *blobs; /* HOSTKEYS: all; HOSTKEYS_PROVED: of those asked for, the
                                       * ones with a signature that is good enough */
            size_t count;
        } hostkeys;
        struct {
            cleat_slice bytes;
        } pong;
        struct {
            cleat_status status; /* CLEAT_OK: we disconnected on request; else why */
            uint32_t reason;     /* CLEAT_DISCONNECT_* that was sent or received, 0 for none */
            bool by_peer;
        } closed; /* with text: of a DISCONNECT of the peer's just what it said */
    } u;
};

#ifdef __cplusplus
}
#endif
#endif
