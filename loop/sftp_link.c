/* A client's session of SFTP on a channel, or on a stream. */
#include "stream.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM = 64 << 10, OUT_ROOM = 64 << 10 };

struct cleat_sftp_link {
    cleat_sftp *session;
    cleat_sftp_link_options options;
    char *what; /* the subsystem's name, or the command */
    bool is_command;
    bool over;   /* on_end has been called, or nobody wants it */
    bool busy;   /* in a callback: closing waits */
    bool closed; /* by the owner */

    cleat_uv *u;            /* with channel */
    cleat_channel *channel; /* NULL: never there, or gone */
    bool accepted;          /* the server runs what we asked for */

    cleat_stream *stream;   /* instead of a channel */
    uv_timer_t last;        /* never started: closed when the stream is through with our memory */
    size_t out_at, out_len; /* of out: what the stream has not taken */
    bool waiting;           /* until it says that it takes more */
    uint8_t *in, *out;      /* ROOM and OUT_ROOM bytes */
};

/* ---- the end ---- */

static void free_link(cleat_sftp_link *l)
{
    cleat_sftp_free(l->session);
    free(l->what);
    free(l->in);
    free(l->out);
    free(l);
}

static void on_last_closed(uv_handle_t *handle)
{
    free_link(handle->data);
}

static void destroy(cleat_sftp_link *l)
{
    cleat_channel_free(l->channel);
    if (l->u)
        cleat_uv_kick(l->u);
    if (!l->stream) {
        free_link(l);
        return;
    }
    l->stream->ops->close(l->stream);
    uv_close((uv_handle_t *)&l->last, on_last_closed);
}

void cleat_sftp_link_close(cleat_sftp_link *l)
{
    if (!l)
        return;
    l->over = true;
    l->closed = true;
    if (!l->busy)
        destroy(l);
}

/* Runs a callback's way out: true if the link is gone. */
static bool leave(cleat_sftp_link *l, bool was_busy)
{
    l->busy = was_busy;
    if (!l->closed || was_busy)
        return l->closed;
    destroy(l);
    return true;
}

/* While the link is busy, so that it stays. */
static void tell_end(cleat_sftp_link *l, const cleat_error *why)
{
    if (l->over)
        return;
    l->over = true;
    if (l->options.on_end)
        l->options.on_end(l->options.user, l, why);
}

static void end(cleat_sftp_link *l, const cleat_error *why)
{
    bool was_busy = l->busy;
    l->busy = true;
    tell_end(l, why);
    leave(l, was_busy);
}

static void fail(cleat_sftp_link *l, cleat_status st, const char *text)
{
    cleat_error why;
    loop_fail(&why, st, "%s", text);
    end(l, &why);
}

/* ---- in ---- */

static void hand_on(cleat_sftp_link *l, const cleat_sftp_answer *answer)
{
    cleat_sftp_waiter *waiter = answer->tag;
    if (waiter)
        waiter->on_answer(waiter, answer);
    else if (l->options.on_answer)
        l->options.on_answer(l->options.user, l, answer);
}

/* True if the link is gone. */
static bool receive(cleat_sftp_link *l, cleat_slice bytes)
{
    cleat_status st = CLEAT_OK;
    l->busy = true;
    while (st == CLEAT_OK && bytes.len && !l->over) {
        const cleat_sftp_answer *answer;
        st = cleat_sftp_recv(l->session, &bytes, &answer);
        if (st == CLEAT_OK && answer)
            hand_on(l, answer);
    }
    if (st != CLEAT_OK) {
        cleat_error why = *cleat_sftp_error(l->session);
        tell_end(l, &why);
    }
    if (leave(l, false))
        return true;
    cleat_sftp_link_send(l);
    return false;
}

/* ---- on a channel ---- */

static void send_to_channel(cleat_sftp_link *l)
{
    size_t count, taken = 0, i = 0;
    if (!l->accepted)
        return;
    const cleat_slice *pieces = cleat_sftp_send_peek(l->session, &count);
    while (count) {
        if (cleat_channel_write(l->channel, CLEAT_STREAM_DATA, pieces[i].data, pieces[i].len,
                                &taken) != CLEAT_OK)
            return;
        bool all = taken == pieces[i].len;
        cleat_sftp_send_done(l->session, taken);
        if (!all)
            return;
        pieces = cleat_sftp_send_peek(l->session, &count);
    }
}

static void on_opened(cleat_sftp_link *l)
{
    cleat_status st = l->is_command ? cleat_channel_exec(l->channel, l->what, true)
                                    : cleat_channel_subsystem(l->channel, l->what, true);
    if (st != CLEAT_OK)
        fail(l, st, cleat_status_text(st));
}

static void on_reply(cleat_sftp_link *l, bool success)
{
    l->accepted = success;
    if (success)
        send_to_channel(l);
    else
        fail(l, CLEAT_E_REQUEST_REFUSED,
             l->is_command ? "the server does not run the command"
                           : "the server has no subsystem for SFTP");
}

static void on_data(cleat_sftp_link *l, const cleat_event *ev)
{
    cleat_slice bytes = ev->u.data.bytes;
    cleat_channel *channel = l->channel;
    bool errors = ev->u.data.stream != CLEAT_STREAM_DATA;
    if (errors && l->options.on_stderr && !l->over)
        l->options.on_stderr(l->options.user, bytes);
    /* Before the answers are told of, since one of them may close the link. */
    if (cleat_channel_consume(channel, bytes.len) != CLEAT_OK)
        return;
    if (!errors && !l->over)
        receive(l, bytes);
}

/* The connection may be gone after this, too. */
static void forget_channel(cleat_sftp_link *l)
{
    cleat_channel_free(l->channel);
    l->channel = NULL;
    l->u = NULL;
    l->accepted = false;
}

static void on_channel_closed(cleat_sftp_link *l)
{
    forget_channel(l);
    fail(l, CLEAT_E_EOF, "the server has closed the SFTP session");
}

bool cleat_sftp_link_event(cleat_sftp_link *l, const cleat_event *ev)
{
    if (!l->channel || ev->channel != l->channel)
        return false;
    switch (ev->type) {
    case CLEAT_EV_CHANNEL_OPENED:
        on_opened(l);
        break;
    case CLEAT_EV_CHANNEL_FAILED:
        forget_channel(l);
        fail(l, CLEAT_E_CHANNEL_OPEN, "the server opens no session for SFTP");
        break;
    case CLEAT_EV_CHANNEL_REPLY:
        on_reply(l, ev->u.reply.success);
        break;
    case CLEAT_EV_CHANNEL_DATA:
        on_data(l, ev);
        break;
    case CLEAT_EV_CHANNEL_WRITABLE:
        cleat_sftp_link_send(l);
        break;
    case CLEAT_EV_CHANNEL_CLOSED:
        on_channel_closed(l);
        break;
    default:
        if (ev->query && cleat_answer_reject(cleat_uv_conn(l->u), ev->query) != CLEAT_OK)
            fail(l, CLEAT_E_PROTO, "a request that cannot be answered");
        break;
    }
    return true;
}

/* ---- on a stream ---- */

/* A stream keeps what it could not write, so it gets a copy: requests that are made meanwhile may
 * move the session's. */
static size_t collect(cleat_sftp_link *l)
{
    size_t count, len = 0;
    const cleat_slice *pieces = cleat_sftp_send_peek(l->session, &count);
    for (size_t i = 0; i < count && len < OUT_ROOM; i++) {
        size_t n = pieces[i].len < OUT_ROOM - len ? pieces[i].len : OUT_ROOM - len;
        memcpy(l->out + len, pieces[i].data, n);
        len += n;
    }
    cleat_sftp_send_done(l->session, len);
    return len;
}

static void send_to_stream(cleat_sftp_link *l)
{
    while (!l->waiting) {
        size_t pending = 0;
        if (!l->out_len) {
            l->out_at = 0;
            l->out_len = collect(l);
        }
        if (!l->out_len)
            return;
        const cleat_slice part = {l->out + l->out_at, l->out_len};
        ptrdiff_t sent = l->stream->ops->write(l->stream, &part, 1, &pending);
        if (sent < 0) {
            fail(l, CLEAT_E_IO, "the SFTP server takes nothing more");
            return;
        }
        size_t taken = (size_t)sent + pending;
        l->waiting = (size_t)sent < l->out_len;
        l->out_at += taken;
        l->out_len -= taken;
    }
}

static uint8_t *on_space(void *user, size_t *room)
{
    cleat_sftp_link *l = user;
    *room = ROOM;
    return l->in;
}

static void on_received(void *user, size_t n)
{
    cleat_sftp_link *l = user;
    receive(l, (cleat_slice){l->in, n});
}

static void on_stream_end(void *user, int uv_error)
{
    (void)uv_error;
    fail(user, CLEAT_E_EOF, "the SFTP server has ended");
}

static void on_written(void *user, size_t n)
{
    cleat_sftp_link *l = user;
    (void)n;
    l->waiting = false;
    cleat_sftp_link_send(l);
}

/* ---- both ---- */

cleat_sftp *cleat_sftp_link_session(const cleat_sftp_link *l)
{
    return l->session;
}

void cleat_sftp_link_send(cleat_sftp_link *l)
{
    if (l->over || l->busy)
        return;
    if (l->channel) {
        send_to_channel(l);
        cleat_uv_kick(l->u);
    } else if (l->stream) {
        send_to_stream(l);
    }
}

static cleat_sftp_link *new_link(cleat_ctx *ctx, const char *peer,
                                 const cleat_sftp_link_options *options, cleat_status *st)
{
    cleat_sftp_link *l = calloc(1, sizeof *l);
    if (!l || !cleat_options_import(&l->options, sizeof l->options, options)) {
        *st = l ? CLEAT_E_BAD_CALL : CLEAT_E_NOMEM;
        free(l);
        return NULL;
    }
    const cleat_sftp_options session = {
        .struct_size = sizeof session, .version = l->options.version, .peer = peer};
    const char *what = l->options.command     ? l->options.command
                       : l->options.subsystem ? l->options.subsystem
                                              : "sftp";
    l->is_command = l->options.command != NULL;
    l->what = malloc(strlen(what) + 1);
    if (l->what)
        memcpy(l->what, what, strlen(what) + 1);
    *st = l->what ? cleat_sftp_new(&l->session, ctx, &session) : CLEAT_E_NOMEM;
    if (*st == CLEAT_OK)
        return l;
    destroy(l);
    return NULL;
}

cleat_status cleat_sftp_link_open(cleat_sftp_link **out, cleat_uv *u,
                                  const cleat_sftp_link_options *options, cleat_error *error)
{
    cleat_status st;
    cleat_conn *conn = cleat_uv_conn(u);
    cleat_sftp_link *l =
        new_link(cleat_conn_ctx(conn), cleat_conn_peer_version(conn), options, &st);
    *out = NULL;
    if (l)
        st = cleat_channel_open_session(&l->channel, conn);
    if (st != CLEAT_OK) {
        if (l)
            destroy(l);
        return loop_fail(error, st, "no SFTP session: %s", cleat_status_text(st));
    }
    l->u = u;
    *out = l;
    cleat_uv_kick(u);
    return CLEAT_OK;
}

cleat_status cleat_sftp_link_attach(cleat_sftp_link **out, uv_loop_t *loop, cleat_ctx *ctx,
                                    cleat_stream *stream, const cleat_sftp_link_options *options,
                                    cleat_error *error)
{
    cleat_status st;
    /* Nobody says whose the program is; all that machines have by themselves is OpenSSH's. */
    cleat_sftp_link *l = new_link(ctx, "OpenSSH", options, &st);
    *out = NULL;
    if (l) {
        l->in = malloc(ROOM);
        l->out = malloc(OUT_ROOM);
    }
    if (!l || !l->in || !l->out) {
        if (l)
            destroy(l);
        cleat_stream_close(stream);
        st = l ? CLEAT_E_NOMEM : st;
        return loop_fail(error, st, "no SFTP session: %s", cleat_status_text(st));
    }
    uv_timer_init(loop, &l->last);
    l->last.data = l;
    l->stream = stream;
    stream->user = (stream_user){l, on_space, on_received, on_stream_end, on_written};
    stream->ops->read(stream, true);
    *out = l;
    cleat_sftp_link_send(l);
    return CLEAT_OK;
}
