/* A session channel: its requests, the bytes both ways, its end. */
#include "session.h"

#include "idle.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { UNANSWERED_MAX = 64 }; /* as many as the engine lets a channel have */

/* A request that is not answered yet. */
typedef struct asked {
    uint64_t query; /* 0: nobody waits for the answer */
    cleat_request_type type;
} asked;

struct session {
    channel_owner owner; /* first: the channel's user points here */
    connection *c;
    cleat_channel *channel;
    void *work;
    asked asked[UNANSWERED_MAX]; /* oldest first */
    size_t asked_count;
    char *kind; /* for ChannelTimeout, once something is to be started */
    bool has_pty, started, exited, reported, gone;
    port_exit how;
    uint8_t *early; /* came before there was anybody to take it */
    size_t early_len;
    bool early_end;
    cleat_sink *in;
    cleat_source *out, *err;
};

static void ignore(cleat_status st)
{
    if (st != CLEAT_OK)
        log_line(CLEAT_LOG_DEBUG1, "session: %s", cleat_status_text(st));
}

connection *session_connection(const session *s)
{
    return s->c;
}

cleat_channel *session_channel(const session *s)
{
    return s->channel;
}

void session_set_work(session *s, void *work)
{
    s->work = work;
}

void *session_work(const session *s)
{
    return s->work;
}

/* ---- the end ---- */

static void destroy(session *s)
{
    if (s->gone)
        return;
    s->gone = true;
    s->c->runner->close(s);
    cleat_source_close(s->out);
    cleat_source_close(s->err);
    cleat_sink_close(s->in);
    cleat_channel_free(s->channel);
    free(s->early);
    free(s->kind);
    free(s);
}

static void report(session *s)
{
    if (s->reported || !s->exited)
        return;
    s->reported = true;
    if (s->how.signal)
        ignore(cleat_channel_exit_signal(s->channel, s->how.signal, s->how.core_dumped, ""));
    else
        ignore(cleat_channel_exit_status(s->channel, s->how.status));
}

/* Closed once the process has ended and everything it said is on its way. */
static void close_if_over(session *s)
{
    report(s);
    if (!s->reported || s->out || s->err)
        return;
    ignore(cleat_channel_eof(s->channel));
    ignore(cleat_channel_close(s->channel));
}

void session_exited(session *s, const port_exit *how)
{
    s->exited = true;
    s->how = *how;
    close_if_over(s);
    cleat_uv_kick(s->c->uv);
}

static void on_out_end(void *user, cleat_source *source, bool failed)
{
    session *s = user;
    (void)failed;
    if (source == s->out)
        s->out = NULL;
    if (source == s->err)
        s->err = NULL;
    cleat_source_close(source);
    close_if_over(s);
}

/* ---- bytes ---- */

static cleat_status add_source(session *s, int fd, uint32_t stream, cleat_source **out)
{
    const cleat_source_options options = {
        .struct_size = sizeof options, .fd = fd, .stream = stream, .user = s, .on_end = on_out_end};
    return fd < 0 ? CLEAT_OK : cleat_source_new(out, s->c->uv, s->channel, &options, NULL);
}

static void on_broken(void *user, cleat_sink *sink)
{
    session *s = user;
    (void)sink;
    ignore(cleat_channel_eow(s->channel));
}

static cleat_status join_streams(session *s, const port_stdio *stdio)
{
    const cleat_sink_options options = {
        .struct_size = sizeof options, .fd = stdio->in, .user = s, .on_broken = on_broken};
    cleat_status st = cleat_sink_new(&s->in, s->c->uv, &options, NULL);
    if (st == CLEAT_OK)
        st = add_source(s, stdio->out, CLEAT_STREAM_DATA, &s->out);
    if (st == CLEAT_OK)
        st = add_source(s, stdio->err, CLEAT_STREAM_STDERR, &s->err);
    return st;
}

/* What the client sends before anything runs is kept; its window bounds it. */
static bool keep_early(session *s, cleat_slice bytes)
{
    uint8_t *longer = realloc(s->early, s->early_len + bytes.len);
    if (!longer)
        return false;
    memcpy(longer + s->early_len, bytes.data, bytes.len);
    s->early = longer;
    s->early_len += bytes.len;
    return true;
}

static void end_input(session *s)
{
    s->early_end = true;
    if (s->in && !s->has_pty)
        cleat_sink_end(s->in);
}

static void hand_early(session *s)
{
    if (s->early_len)
        ignore(cleat_sink_write(s->in, s->channel, (cleat_slice){s->early, s->early_len}));
    free(s->early);
    s->early = NULL;
    s->early_len = 0;
    if (s->early_end)
        end_input(s);
}

static void take_data(session *s, const cleat_event *ev)
{
    bool waiting = s->kind && !s->started;
    if (s->in)
        ignore(cleat_sink_write(s->in, ev->channel, ev->u.data.bytes));
    else if (!waiting || !keep_early(s, ev->u.data.bytes))
        ignore(cleat_channel_consume(ev->channel, ev->u.data.bytes.len));
}

/* ---- requests ---- */

static void start(session *s, const port_stdio *stdio)
{
    s->started = true;
    connection_mark(s->c, s->has_pty);
    idle_watch(s->c, s->channel, s->kind);
    if (!stdio)
        return;
    if (join_streams(s, stdio) == CLEAT_OK)
        hand_early(s);
    else
        log_about(s->c, CLEAT_LOG_ERROR, "cannot start a session: out of memory");
}

static bool starts(cleat_request_type type)
{
    return type == CLEAT_REQ_SHELL || type == CLEAT_REQ_EXEC || type == CLEAT_REQ_SUBSYSTEM;
}

void session_answer(session *s, bool done, const port_stdio *stdio)
{
    const asked a = s->asked[0];
    s->asked_count--;
    memmove(s->asked, s->asked + 1, s->asked_count * sizeof *s->asked);
    if (done && a.type == CLEAT_REQ_PTY)
        s->has_pty = true;
    if (done && starts(a.type))
        start(s, stdio);
    if (a.query)
        ignore(cleat_answer_request(cleat_uv_conn(s->c->uv), a.query, done));
    cleat_uv_kick(s->c->uv);
}

static char *kind_of(const cleat_event *ev)
{
    switch (ev->u.request.type) {
    case CLEAT_REQ_SHELL:
        return text_format("session:shell");
    case CLEAT_REQ_EXEC:
        return text_format("session:command");
    case CLEAT_REQ_SUBSYSTEM:
        return text_format("session:subsystem:%s", ev->u.request.command);
    default:
        return NULL;
    }
}

static task_request request_of(const cleat_event *ev)
{
    task_request r = {.type = ev->u.request.type};
    switch (r.type) {
    case CLEAT_REQ_PTY:
        r.text = ev->u.request.pty.term;
        r.size = ev->u.request.pty.size;
        r.modes = ev->u.request.pty.modes;
        break;
    case CLEAT_REQ_ENV:
        r.text = ev->u.request.env_name;
        r.value = ev->u.request.env_value;
        break;
    case CLEAT_REQ_WINDOW_CHANGE:
        r.size = ev->u.request.size;
        break;
    case CLEAT_REQ_SIGNAL:
        r.text = ev->u.request.signal;
        break;
    case CLEAT_REQ_BREAK:
        r.ms = ev->u.request.status;
        break;
    case CLEAT_REQ_X11:
        r.text = ev->u.request.x11.protocol;
        r.value = ev->u.request.x11.cookie;
        r.screen = ev->u.request.x11.screen;
        r.single = ev->u.request.x11.single;
        break;
    case CLEAT_REQ_OTHER:
        r.text = ev->u.request.name;
        break;
    default:
        r.text = ev->u.request.command;
        break;
    }
    return r;
}

static void on_request(session *s, const cleat_event *ev)
{
    char *kind = kind_of(ev);
    const task_request r = request_of(ev);
    bool eow = r.type == CLEAT_REQ_EOW;
    bool again = kind && s->kind;
    if (again || eow || s->asked_count == UNANSWERED_MAX) {
        free(kind);
        if (eow && s->out)
            on_out_end(s, s->out, false);
        if (ev->query)
            ignore(cleat_answer_request(cleat_uv_conn(s->c->uv), ev->query, eow));
        return;
    }
    if (kind)
        s->kind = kind;
    s->asked[s->asked_count++] = (asked){ev->query, r.type};
    s->c->runner->request(s, &r);
}

static void on_event(channel_owner *owner, const cleat_event *ev)
{
    session *s = (session *)owner;
    switch (ev->type) {
    case CLEAT_EV_CHANNEL_REQUEST:
        on_request(s, ev);
        return;
    case CLEAT_EV_CHANNEL_CLOSED:
        destroy(s);
        return;
    default:
        break;
    }
    if (s->c->runner->event(s, ev))
        return;
    switch (ev->type) {
    case CLEAT_EV_CHANNEL_DATA:
        take_data(s, ev);
        break;
    case CLEAT_EV_CHANNEL_WRITABLE:
        if (s->out)
            cleat_source_writable(s->out);
        if (s->err)
            cleat_source_writable(s->err);
        break;
    case CLEAT_EV_CHANNEL_EOF:
        end_input(s);
        break;
    default:
        break;
    }
}

void session_open(connection *c, const cleat_event *ev)
{
    session *s = calloc(1, sizeof *s);
    cleat_conn *conn = cleat_uv_conn(c->uv);
    if (!s) {
        ignore(cleat_answer_channel_refuse(conn, ev->query, CLEAT_OPEN_SHORTAGE, "out of memory"));
        return;
    }
    s->owner.on_event = on_event;
    s->c = c;
    if (cleat_answer_channel(conn, ev->query, &s->channel) != CLEAT_OK) {
        free(s);
        return;
    }
    cleat_channel_set_user(s->channel, s);
    if (!c->runner->open(s))
        ignore(cleat_channel_close(s->channel));
}
