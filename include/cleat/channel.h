/* Channels (RFC 4254). A handle stays valid until it is freed, even after the channel has closed;
 * freeing the connection frees what is left. */
#ifndef CLEAT_CHANNEL_H
#define CLEAT_CHANNEL_H

#include <cleat/conn.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    CLEAT_OPEN_PROHIBITED = 1, /* SSH_OPEN_* (RFC 4254 §5.1) */
    CLEAT_OPEN_CONNECT_FAILED = 2,
    CLEAT_OPEN_UNKNOWN_TYPE = 3,
    CLEAT_OPEN_SHORTAGE = 4
};

/* Opens a channel; CLEAT_EV_CHANNEL_OPENED or CLEAT_EV_CHANNEL_FAILED follows. extra: the type's
 * own fields. Allowed once authenticated. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_channel_open(cleat_channel **out, cleat_conn *c,
                                                         const char *type, cleat_slice extra);
CLEAT_API CLEAT_MUST_USE cleat_status cleat_channel_open_session(cleat_channel **out,
                                                                 cleat_conn *c);

/* direct-tcpip (RFC 4254 §7.2). */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_channel_open_tcp(cleat_channel **out, cleat_conn *c,
                                                             const char *host, uint16_t port,
                                                             const char *origin_host,
                                                             uint16_t origin_port);

/* forwarded-tcpip, for a connection that has arrived where the client has us listen: host and port
 * as it asked for them, the port we chose where that was 0. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_channel_open_forwarded(cleat_channel **out,
                                                                   cleat_conn *c, const char *host,
                                                                   uint16_t port,
                                                                   const char *origin_host,
                                                                   uint16_t origin_port);

/* forwarded-streamlocal@openssh.com, the same for a UNIX socket: its path as the client asked for
 * it. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_channel_open_forwarded_socket(cleat_channel **out,
                                                                          cleat_conn *c,
                                                                          const char *path);

/* x11 (RFC 4254 §6.3.2), for a program that wants the client's display. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_channel_open_x11(cleat_channel **out, cleat_conn *c,
                                                             const char *origin_host,
                                                             uint16_t origin_port);

/* CLEAT_EV_CHANNEL_OPEN: takes the channel, or refuses it with a CLEAT_OPEN_* reason. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_answer_channel(cleat_conn *c, uint64_t query,
                                                           cleat_channel **out);
CLEAT_API CLEAT_MUST_USE cleat_status cleat_answer_channel_refuse(cleat_conn *c, uint64_t query,
                                                                  uint32_t reason,
                                                                  const char *text);

/* Frees the handle; closes the channel first if it is open. NULL is fine. */
CLEAT_API void cleat_channel_free(cleat_channel *ch);

/* Facts, borrowed: the connection, the caller's own pointer (NULL at first), the type as in OPEN.
 */
CLEAT_API cleat_conn *cleat_channel_conn(const cleat_channel *ch);
CLEAT_API void cleat_channel_set_user(cleat_channel *ch, void *user);
CLEAT_API void *cleat_channel_user(const cleat_channel *ch);
CLEAT_API const char *cleat_channel_type(const cleat_channel *ch);
CLEAT_API uint32_t cleat_channel_number(const cleat_channel *ch); /* ours */

/* ---- data -------------------------------------------------------------------------------------
 */

enum { CLEAT_STREAM_DATA = 0, CLEAT_STREAM_STDERR = 1 };

/* Sends up to len bytes; *accepted tells how many were taken, limited by the peer's window and by
 * queue_max. When it is less than len, CLEAT_EV_CHANNEL_WRITABLE comes once there is room again.
 * The bytes are sealed straight from the caller's memory; nothing is kept. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_channel_write(cleat_channel *ch, uint32_t stream,
                                                          const void *data, size_t len,
                                                          size_t *accepted);

/* How many bytes cleat_channel_write would take now. */
CLEAT_API size_t cleat_channel_write_room(const cleat_channel *ch);

/* Bytes of data so far, both ways together. */
CLEAT_API uint64_t cleat_channel_traffic(const cleat_channel *ch);

/* The application has dealt with n bytes of CLEAT_EV_CHANNEL_DATA; only this re-opens the window.
 */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_channel_consume(cleat_channel *ch, size_t n);

/* No more data from us (RFC 4254 §5.3); twice is fine. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_channel_eof(cleat_channel *ch);

/* Closes our half; the channel is gone at CLEAT_EV_CHANNEL_CLOSED. Twice is fine. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_channel_close(cleat_channel *ch);

/* Confirmed, and neither side has closed it. */
CLEAT_API bool cleat_channel_is_open(const cleat_channel *ch);

/* ---- requests (RFC 4254 §6) ---------------------------------------------------------------------
 * With want_reply CLEAT_EV_CHANNEL_REPLY follows, in the order of the requests, with the request's
 * name. CLEAT_E_CLOSED after close. */

/* Any request by name; payload: its own fields, encoded. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_channel_request(cleat_channel *ch, const char *name,
                                                            bool want_reply, cleat_slice payload);

/* What the session is to run: one of the three, once (§6.5). */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_channel_exec(cleat_channel *ch, const char *command,
                                                         bool want_reply);
CLEAT_API CLEAT_MUST_USE cleat_status cleat_channel_shell(cleat_channel *ch, bool want_reply);
CLEAT_API CLEAT_MUST_USE cleat_status cleat_channel_subsystem(cleat_channel *ch, const char *name,
                                                              bool want_reply);

/* A variable for it, before that (§6.4). Servers take few, by name. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_channel_env(cleat_channel *ch, const char *name,
                                                        const char *value, bool want_reply);

/* Terminal size; pixels 0 when unknown. */
typedef struct cleat_winsize {
    uint32_t columns, rows, width_px, height_px;
} cleat_winsize;

/* modes: encoded terminal modes (RFC 4254 §8), opcode and uint32 each, ended by 0. */
typedef struct cleat_pty {
    const char *term;
    cleat_winsize size;
    cleat_slice modes;
} cleat_pty;

/* Asks for a terminal before exec or shell (§6.2), and tells its new size later (§6.7). */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_channel_pty(cleat_channel *ch, const cleat_pty *pty,
                                                        bool want_reply);
CLEAT_API CLEAT_MUST_USE cleat_status cleat_channel_window_change(cleat_channel *ch,
                                                                  const cleat_winsize *size);

/* A signal for the process (§6.9): name without "SIG": "TERM", "INT", ... */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_channel_signal(cleat_channel *ch, const char *name);

/* A break of so many milliseconds on the process's terminal (RFC 4335); 0: the usual length. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_channel_break(cleat_channel *ch, uint32_t ms,
                                                          bool want_reply);

/* Server: how the process ended (§6.10); one of the two, before close. name without "SIG"; text,
 * for people, may be NULL. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_channel_exit_status(cleat_channel *ch, uint32_t status);
CLEAT_API CLEAT_MUST_USE cleat_status cleat_channel_exit_signal(cleat_channel *ch, const char *name,
                                                                bool core_dumped, const char *text);

/* eow@openssh.com: we read no more of this channel; sent only to peers known to understand it. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_channel_eow(cleat_channel *ch);

/* CLEAT_EV_CHANNEL_REQUEST with a query. Answers may come in any order; replies leave in order. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_answer_request(cleat_conn *c, uint64_t query,
                                                           bool success);

#ifdef __cplusplus
}
#endif
#endif
