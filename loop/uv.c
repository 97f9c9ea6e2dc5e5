/* A connection on a stream: the loop around the engine, written once. */
#include "stream.h"

#include <stdlib.h>

enum { CLOSE_MS = 1000 };

struct cleat_uv {
    uv_loop_t *loop;
    cleat_conn *conn;
    cleat_stream *stream;
    cleat_uv_callbacks callbacks;
    uv_timer_t timer;
    uint64_t timer_at;
    bool busy;      /* pulling events: a kick has nothing to add */
    bool again;     /* kicked meanwhile */
    size_t pending; /* bytes with the stream */
    bool blocked;   /* the stream takes no more for now */
    bool broken;    /* the stream is dead */
    bool closing;   /* all that is left is to flush */
    bool ended;
    uint64_t close_at;
};

static void work(cleat_uv *u);

/* ---- the end ---- */

static void on_timer_closed(uv_handle_t *handle)
{
    cleat_uv *u = handle->data;
    cleat_error why = *cleat_conn_error(u->conn);
    if (u->callbacks.on_end)
        u->callbacks.on_end(u->callbacks.user, u, &why);
    cleat_conn_free(u->conn);
    free(u);
}

static void finish(cleat_uv *u)
{
    if (u->ended)
        return;
    u->ended = true;
    if (u->stream)
        u->stream->ops->close(u->stream);
    u->stream = NULL;
    uv_close((uv_handle_t *)&u->timer, on_timer_closed);
}

static void finish_if_done(cleat_uv *u)
{
    if (!u->closing)
        return;
    bool late = uv_now(u->loop) >= u->close_at;
    if (u->broken || late || (cleat_conn_is_flushed(u->conn) && u->pending == 0))
        finish(u);
}

static void start_closing(cleat_uv *u)
{
    if (u->closing)
        return;
    u->closing = true;
    u->close_at = uv_now(u->loop) + CLOSE_MS;
}

/* ---- out ---- */

static void flush(cleat_uv *u)
{
    while (!u->pending && !u->blocked && !u->broken) {
        size_t count;
        size_t total = 0;
        const cleat_slice *parts = cleat_conn_send_peek(u->conn, &count);
        if (!count)
            return;
        for (size_t i = 0; i < count; i++)
            total += parts[i].len;
        ptrdiff_t sent = u->stream->ops->write(u->stream, parts, count, &u->pending);
        if (sent < 0) {
            u->broken = true;
            u->again = true; /* the end has to be pulled, too */
            cleat_conn_recv_eof(u->conn);
            return;
        }
        cleat_conn_send_done(u->conn, (size_t)sent);
        u->blocked = (size_t)sent < total && !u->pending;
    }
}

static void on_written(void *user, size_t n)
{
    cleat_uv *u = user;
    cleat_conn_send_done(u->conn, n);
    u->pending = 0;
    u->blocked = false;
    work(u);
}

/* ---- in ---- */

static uint8_t *on_space(void *user, size_t *room)
{
    cleat_uv *u = user;
    return cleat_conn_recv_space(u->conn, room);
}

static void on_received(void *user, size_t n)
{
    cleat_uv *u = user;
    cleat_conn_tick(u->conn, uv_now(u->loop));
    if (cleat_conn_recv_done(u->conn, n) == CLEAT_OK)
        work(u);
}

static void on_stream_end(void *user, int uv_error)
{
    cleat_uv *u = user;
    if (uv_error != UV_EOF)
        u->broken = true;
    cleat_conn_recv_eof(u->conn);
    work(u);
}

/* ---- time ---- */

static void on_timer(uv_timer_t *timer)
{
    cleat_uv *u = timer->data;
    u->timer_at = UINT64_MAX;
    cleat_conn_tick(u->conn, uv_now(u->loop));
    work(u);
}

static void set_timer(cleat_uv *u)
{
    uint64_t at = u->closing ? u->close_at : cleat_conn_deadline(u->conn);
    if (at == u->timer_at || u->ended)
        return;
    u->timer_at = at;
    if (at == UINT64_MAX) {
        uv_timer_stop(&u->timer);
        return;
    }
    uint64_t now = uv_now(u->loop);
    uv_timer_start(&u->timer, on_timer, at > now ? at - now : 0, 0);
}

/* ---- the pump ---- */

static void pull(cleat_uv *u)
{
    const cleat_event *ev;
    while (!u->ended && (ev = cleat_conn_next(u->conn)) != NULL) {
        bool last = ev->type == CLEAT_EV_CLOSED;
        if (u->callbacks.on_event)
            u->callbacks.on_event(u->callbacks.user, u, ev);
        if (last)
            start_closing(u);
    }
}

static void work(cleat_uv *u)
{
    if (u->busy) {
        u->again = true;
        return;
    }
    u->busy = true;
    do {
        u->again = false;
        pull(u);
        if (!u->ended)
            flush(u);
    } while (u->again && !u->ended);
    u->busy = false;
    if (u->ended)
        return;
    finish_if_done(u);
    set_timer(u);
    if (!u->ended && !u->closing && !u->broken)
        u->stream->ops->read(u->stream, true);
}

void cleat_uv_kick(cleat_uv *u)
{
    if (!u->ended)
        work(u);
}

void cleat_uv_close(cleat_uv *u)
{
    if (u->ended)
        return;
    cleat_conn_disconnect(u->conn, CLEAT_DISCONNECT_BY_APPLICATION, "disconnected by user");
    work(u);
}

cleat_conn *cleat_uv_conn(const cleat_uv *u)
{
    return u->conn;
}

uv_loop_t *cleat_uv_loop(const cleat_uv *u)
{
    return u->loop;
}

cleat_stream *cleat_uv_stream(const cleat_uv *u)
{
    return u->stream;
}

/* The first bytes leave at the next turn of the loop, so that no callback comes before the caller
 * has its handle. */
cleat_status cleat_uv_attach(cleat_uv **out, uv_loop_t *loop, cleat_conn *c, cleat_stream *s,
                             const cleat_uv_callbacks *callbacks)
{
    cleat_uv *u = calloc(1, sizeof *u);
    *out = NULL;
    cleat_status st = u ? CLEAT_OK : CLEAT_E_NOMEM;
    if (u && !cleat_options_import(&u->callbacks, sizeof u->callbacks, callbacks))
        st = CLEAT_E_BAD_CALL;
    if (st != CLEAT_OK) {
        cleat_stream_close(s);
        cleat_conn_free(c);
        free(u);
        return st;
    }
    u->loop = loop;
    u->conn = c;
    u->stream = s;
    u->timer_at = 0;
    cleat_conn_set_user(c, u);
    s->user = (stream_user){.user = u,
                            .space = on_space,
                            .received = on_received,
                            .ended = on_stream_end,
                            .written = on_written};
    uv_timer_init(loop, &u->timer);
    u->timer.data = u;
    uv_timer_start(&u->timer, on_timer, 0, 0);
    *out = u;
    return CLEAT_OK;
}
