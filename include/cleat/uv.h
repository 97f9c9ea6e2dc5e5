/* Cleat on libuv: connections on any stream, dialling, listening, and the plumbing between channels
 * and descriptors. Everything here belongs to one loop and its thread. */
#ifndef CLEAT_UV_H
#define CLEAT_UV_H

#include <cleat/agent.h>
#include <cleat/event.h>
#include <cleat/sftp_client.h>

#include <uv.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- streams ------------------------------------------------------------------------------------
 * A two-way stream of bytes that a connection can run on. Attaching takes it; one that was never
 * attached is given back with cleat_stream_close. */

typedef struct cleat_stream cleat_stream;

/* Two descriptors (sockets, pipes or terminals), which may be the same; both are taken. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_stream_open_fds(cleat_stream **out, uv_loop_t *loop,
                                                            uv_file in, uv_file out_fd,
                                                            cleat_error *error);

/* An open channel of another connection: a jump host. The channel is taken; its events must be
 * handed to cleat_stream_channel_event. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_stream_open_channel(cleat_stream **out, uv_loop_t *loop,
                                                                cleat_channel *channel);

/* True when the event was about the stream's channel and has been dealt with. */
CLEAT_API bool cleat_stream_channel_event(cleat_stream *s, const cleat_event *ev);

/* The other end's address and port, and ours, as text. */
typedef struct cleat_stream_ends {
    char peer[64], local[64];
    uint16_t peer_port, local_port;
} cleat_stream_ends;

/* "" and 0 where there is none, as on pipes. */
CLEAT_API void cleat_stream_get_ends(const cleat_stream *s, cleat_stream_ends *ends);

/* The socket's descriptor (SOCKET on Windows), -1 where the stream is no socket. */
CLEAT_API intptr_t cleat_stream_socket(const cleat_stream *s);

/* Closes and frees a stream that nothing was attached to. */
CLEAT_API void cleat_stream_close(cleat_stream *s);

/* ---- a connection on a stream ------------------------------------------------------------------
 */

typedef struct cleat_uv cleat_uv;

/* Whom a connection tells what happens. */
typedef struct cleat_uv_callbacks {
    size_t struct_size;
    void *user;
    /* Each event of the connection, CLEAT_EV_CLOSED last. Answers may be given here or later. */
    void (*on_event)(void *user, cleat_uv *u, const cleat_event *ev);
    /* Exactly once, when the stream is closed too; the connection is freed afterwards. why->status
     * is CLEAT_OK where we ended it, CLEAT_E_DISCONNECTED where the peer said goodbye, and
     * CLEAT_E_EOF where it went without a word. */
    void (*on_end)(void *user, cleat_uv *u, const cleat_error *why);
} cleat_uv_callbacks;

/* Runs the connection on the stream; both are taken, also on failure. The first callback comes from
 * the loop, not from within this call. The connection's user pointer is used for this: yours is
 * callbacks->user. A program on POSIX should ignore SIGPIPE. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_uv_attach(cleat_uv **out, uv_loop_t *loop,
                                                      cleat_conn *c, cleat_stream *s,
                                                      const cleat_uv_callbacks *callbacks);

/* Its parts, borrowed, until on_end has returned. */
CLEAT_API cleat_conn *cleat_uv_conn(const cleat_uv *u);
CLEAT_API cleat_stream *cleat_uv_stream(const cleat_uv *u);
CLEAT_API uv_loop_t *cleat_uv_loop(const cleat_uv *u);

/* After calls on the connection or its channels outside of on_event: pulls events, sends, sets the
 * timer. Inside on_event it does nothing, since that happens anyway. */
CLEAT_API void cleat_uv_kick(cleat_uv *u);

/* Says goodbye unless the connection has ended, sends what is queued (for a second at most) and
 * closes; on_end follows. */
CLEAT_API void cleat_uv_close(cleat_uv *u);

/* ---- dialling ----------------------------------------------------------------------------------
 */

typedef struct cleat_dial cleat_dial;

/* Where to connect to, and how. Zero means default for every member but host and port. */
typedef struct cleat_dial_options {
    size_t struct_size;
    const char *host; /* name or address */
    uint16_t port;
    int family;                 /* AF_INET, AF_INET6 or 0 for both */
    const char *bind_address;   /* our end; NULL: the system's choice */
    const char *bind_interface; /* our end is one of its addresses, unless bind_address is set */
    uint32_t timeout_ms;        /* for all of it; 0: the system's limits */
    bool no_keepalive;          /* SO_KEEPALIVE is on by default */
    /* Proxy command: started instead of a connection; the stream is its stdin and stdout, its
     * stderr is ours. argv ends with NULL; Windows joins it by spaces and quotes nothing. */
    const char *const *argv;
} cleat_dial_options;

/* stream is NULL on failure, and error says why: "connect to host H port P: reason"; its os_error
 * is libuv's code without the sign. Called exactly once unless the dial is cancelled. */
typedef void (*cleat_dial_cb)(void *user, cleat_stream *stream, const cleat_error *error);

/* Connects; done is called from the loop, for a proxy command within this call. Options are copied.
 * Any other status than CLEAT_OK: done is not called. *out is NULL when there is nothing to cancel.
 * Names are looked up by the system, in libuv's threads; then one address after another is tried,
 * a new one each quarter of a second (RFC 8305). */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_dial_start(cleat_dial **out, uv_loop_t *loop,
                                                       const cleat_dial_options *options,
                                                       cleat_dial_cb done, void *user,
                                                       cleat_error *error);

/* Ends a dial that has not called back; it will not. */
CLEAT_API void cleat_dial_cancel(cleat_dial *d);

/* ---- the agent ---------------------------------------------------------------------------------
 */

typedef struct cleat_agent_link cleat_agent_link;

/* reply NULL: the agent is gone, or could not be reached; nothing more comes. The link may be
 * closed from within. */
typedef void (*cleat_agent_link_cb)(void *user, const cleat_agent_reply *reply);

/* Connects to the agent that listens at this path (a UNIX socket, on Windows a pipe) and asks for
 * its keys: the first reply is the list. CLEAT_E_LIMIT (nothing can listen at so long a path),
 * CLEAT_E_NOMEM, CLEAT_E_IO: done is not called then. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_agent_link_open(cleat_agent_link **out, uv_loop_t *loop,
                                                            cleat_ctx *ctx, const char *path,
                                                            cleat_agent_link_cb done, void *user);

/* The conversation, borrowed, to make requests of (agent.h); cleat_agent_link_send after them. */
CLEAT_API cleat_agent *cleat_agent_link_agent(const cleat_agent_link *l);
CLEAT_API void cleat_agent_link_send(cleat_agent_link *l);

/* No callback comes after this. NULL is fine. */
CLEAT_API void cleat_agent_link_close(cleat_agent_link *l);

/* ---- SFTP --------------------------------------------------------------------------------------
 */

/* A client's session of SFTP (sftp_client.h) that does its own input and output. */
typedef struct cleat_sftp_link cleat_sftp_link;

/* What the tag of a request on a link points to, unless it is NULL: first member of an object that
 * waits for the answer. */
typedef struct cleat_sftp_waiter {
    void (*on_answer)(struct cleat_sftp_waiter *w, const cleat_sftp_answer *answer);
} cleat_sftp_waiter;

/* Zero means default for every member. All but user is borrowed for the call. */
typedef struct cleat_sftp_link_options {
    size_t struct_size;
    unsigned version;      /* cleat_sftp_options */
    const char *subsystem; /* NULL: "sftp" */
    const char *command;   /* run instead of a subsystem; NULL: none */
    void *user;
    /* Each answer without a tag, CLEAT_SFTP_REQ_START first. Within this and a waiter's on_answer
     * requests may be made, and the link closed; the answer is borrowed until they return. */
    void (*on_answer)(void *user, cleat_sftp_link *l, const cleat_sftp_answer *answer);
    /* What the server's program says on its standard error; NULL: nobody listens. */
    void (*on_stderr)(void *user, cleat_slice text);
    /* The session is over, and not by cleat_sftp_link_close; nothing more comes, requests without
     * an answer get none. The link must still be closed. why->status: CLEAT_E_CHANNEL_OPEN,
     * CLEAT_E_REQUEST_REFUSED, CLEAT_E_EOF, or as cleat_sftp_recv says. */
    void (*on_end)(void *user, cleat_sftp_link *l, const cleat_error *why);
} cleat_sftp_link_options;

/* Opens a channel for the session. The channel's events must be handed to cleat_sftp_link_event. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_link_open(cleat_sftp_link **out, cleat_uv *u,
                                                           const cleat_sftp_link_options *options,
                                                           cleat_error *error);

/* The same on a stream, which is taken, also on failure: a server that is a program of this
 * machine.
 */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sftp_link_attach(cleat_sftp_link **out, uv_loop_t *loop,
                                                             cleat_ctx *ctx, cleat_stream *stream,
                                                             const cleat_sftp_link_options *options,
                                                             cleat_error *error);

/* True when the event was about the link's channel and has been dealt with. */
CLEAT_API bool cleat_sftp_link_event(cleat_sftp_link *l, const cleat_event *ev);

/* The session, borrowed, to make requests of; cleat_sftp_link_send after them, unless within one of
 * its callbacks. */
CLEAT_API cleat_sftp *cleat_sftp_link_session(const cleat_sftp_link *l);
CLEAT_API void cleat_sftp_link_send(cleat_sftp_link *l);

/* No callback comes after this. What the session still had to send is dropped. NULL is fine. */
CLEAT_API void cleat_sftp_link_close(cleat_sftp_link *l);

/* ---- listening ---------------------------------------------------------------------------------
 */

typedef struct cleat_listener cleat_listener;

/* A client has come. The stream is the callback's. */
typedef void (*cleat_accept_cb)(void *user, cleat_listener *l, cleat_stream *stream);

/* address: numeric, or "" for all of the family. port 0: the kernel chooses. os_error of a
 * CLEAT_E_IO is libuv's code without the sign. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_listener_new(cleat_listener **out, uv_loop_t *loop,
                                                         const char *address, uint16_t port,
                                                         cleat_accept_cb on_accept, void *user,
                                                         cleat_error *error);

/* On a TCP socket that is bound, and may listen already; it is the listener's, also after a
 * failure. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_listener_open(cleat_listener **out, uv_loop_t *loop,
                                                          uv_os_sock_t socket,
                                                          cleat_accept_cb on_accept, void *user,
                                                          cleat_error *error);
CLEAT_API uint16_t cleat_listener_port(const cleat_listener *l);
CLEAT_API const char *cleat_listener_address(const cleat_listener *l);

/* The socket's descriptor (SOCKET on Windows); the listener's. */
CLEAT_API intptr_t cleat_listener_socket(const cleat_listener *l);

/* Whether the system watches idle connections of later clients (SO_KEEPALIVE); it does at first. */
CLEAT_API void cleat_listener_set_keepalive(cleat_listener *l, bool on);
CLEAT_API void cleat_listener_close(cleat_listener *l);

/* ---- behind a load balancer ---------------------------------------------------------------------
 * The header that haproxy's send-proxy and its like put in front of a connection: where the client
 * comes from (PROXY protocol, versions 1 and 2). Whoever can reach the listener can write one, so
 * only clients with a load balancer's address may be asked for it. */

typedef struct cleat_proxy_header_reading cleat_proxy_header_reading;

/* The stream is the callback's. Its ends are the client's, unless the load balancer speaks for
 * itself (a health check). NULL: it is closed, and error says why; CLEAT_E_PROTO, CLEAT_E_EOF,
 * CLEAT_E_TIMEOUT or CLEAT_E_IO. */
typedef void (*cleat_proxy_header_cb)(void *user, cleat_stream *stream, const cleat_error *error);

/* Reads the header, and nothing of what follows it, within ms. The stream is taken, also on
 * failure. `done` is called once, from the loop, and *out is gone then. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_proxy_header_read(cleat_proxy_header_reading **out,
                                                              uv_loop_t *loop, cleat_stream *s,
                                                              uint64_t ms,
                                                              cleat_proxy_header_cb done,
                                                              void *user);

/* Closes the stream; `done` is not called. NULL is fine. */
CLEAT_API void cleat_proxy_header_cancel(cleat_proxy_header_reading *r);

/* ---- between channels and descriptors ----------------------------------------------------------
 */

/* A descriptor whose bytes go into a channel. Reads only while the channel takes more. */
typedef struct cleat_source cleat_source;

/* failed: a read error rather than the end. */
typedef void (*cleat_source_cb)(void *user, cleat_source *s, bool failed);

/* fd is taken. filter may be NULL; it sees, and may shorten, what was read before it is sent
 * (escape characters); it returns the new length. on_end is called once, after the last byte went
 * into the channel. */
typedef struct cleat_source_options {
    size_t struct_size;
    uv_file fd;
    uint32_t stream; /* CLEAT_STREAM_* that the bytes are sent as */
    void *user;
    cleat_source_cb on_end;
    size_t (*filter)(void *user, uint8_t *bytes, size_t len);
} cleat_source_options;

/* The channel must stay until the source is closed. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_source_new(cleat_source **out, cleat_uv *u,
                                                       cleat_channel *ch,
                                                       const cleat_source_options *options,
                                                       cleat_error *error);

/* At CLEAT_EV_CHANNEL_WRITABLE. */
CLEAT_API void cleat_source_writable(cleat_source *s);

/* Reads nothing while paused; what has been read is still sent. */
CLEAT_API void cleat_source_pause(cleat_source *s, bool paused);

/* Closes and frees; on_end is not called. NULL is fine. */
CLEAT_API void cleat_source_close(cleat_source *s);

/* A descriptor that takes a channel's bytes; what has been written re-opens the window. */
typedef struct cleat_sink cleat_sink;

/* The reader of the descriptor is gone. Called at most once. */
typedef void (*cleat_sink_cb)(void *user, cleat_sink *s);

/* Zero means none for both callbacks. */
typedef struct cleat_sink_options {
    size_t struct_size;
    uv_file fd; /* taken */
    void *user;
    cleat_sink_cb on_broken;
    cleat_sink_cb on_end; /* after cleat_sink_end: all is written */
} cleat_sink_options;

/* The descriptor is taken only with CLEAT_OK. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sink_new(cleat_sink **out, cleat_uv *u,
                                                     const cleat_sink_options *options,
                                                     cleat_error *error);

/* The bytes of CLEAT_EV_CHANNEL_DATA; consumes them on ch as they are written, or at once when the
 * sink is broken. ch may be NULL. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_sink_write(cleat_sink *s, cleat_channel *ch,
                                                       cleat_slice bytes);

/* No more bytes come: on_end follows once everything is written, now or later; fd is closed then.
 */
CLEAT_API void cleat_sink_end(cleat_sink *s);

/* The channel is about to be freed: what is still unwritten is written but not consumed. */
CLEAT_API void cleat_sink_forget_channel(cleat_sink *s);

/* Bytes taken and not written yet. */
CLEAT_API size_t cleat_sink_pending(const cleat_sink *s);
CLEAT_API void cleat_sink_close(cleat_sink *s);

/* ---- between a channel and a stream ------------------------------------------------------------
 * A forwarding: bytes go both ways, an end of input is passed on as such, and when both directions
 * have ended, or one of the two breaks, both are closed. */

typedef struct cleat_join cleat_join;

/* Takes the stream, also on failure, and the open channel, whose handle is freed at the end. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_join_new(cleat_join **out, cleat_uv *u,
                                                     cleat_channel *ch, cleat_stream *s);

/* Each event of the channel. True: that was the last; the join sees to the rest by itself. */
CLEAT_API bool cleat_join_event(cleat_join *j, const cleat_event *ev);

#ifdef __cplusplus
}
#endif
#endif
