/* A channel and a stream joined: what every forwarding is made of. */
#include "stream.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM = 32 << 10, PATIENCE_MS = 30000 };

/* Bytes for the stream. They count against the channel's window until they are written, so a
 * stalled reader bounds them. */
typedef struct queue {
    uint8_t *data;
    size_t len, cap;
} queue;

struct cleat_join {
    cleat_uv *u;            /* NULL with the channel: the connection may be gone as well */
    cleat_channel *channel; /* NULL: closed; what came before that still goes out */
    cleat_stream *stream;   /* NULL: closed, and this object is about to be freed */
    uv_timer_t patience;    /* for a stream that takes nothing any more */
    queue waiting, leaving; /* leaving: what the stream holds on to */
    size_t left;            /* of `leaving`, how much is pending */
    size_t in_at, in_len;   /* of `in`: read and not taken by the channel */
    bool stream_over, channel_over, end_passed, eof_passed;
    uint8_t in[ROOM];
};

static void kick(cleat_join *j)
{
    if (j->u)
        cleat_uv_kick(j->u);
}

static void close_channel(cleat_join *j)
{
    if (j->channel && cleat_channel_close(j->channel) == CLEAT_OK)
        kick(j);
}

static void on_patience_closed(uv_handle_t *handle)
{
    cleat_join *j = handle->data;
    free(j->waiting.data);
    free(j->leaving.data);
    free(j);
}

/* The memory goes with the timer's handle, that is after the stream's last callback. */
static void finish(cleat_join *j)
{
    cleat_stream *s = j->stream;
    j->stream = NULL;
    if (!s)
        return;
    cleat_stream_close(s);
    uv_close((uv_handle_t *)&j->patience, on_patience_closed);
}

/* ---- ends ---- */

static void settle(cleat_join *j)
{
    bool all_out = !j->waiting.len && !j->left;
    if (!j->stream)
        return;
    if (j->channel && j->stream_over && !j->in_len && !j->eof_passed) {
        j->eof_passed = true;
        if (cleat_channel_eof(j->channel) == CLEAT_OK)
            kick(j);
    }
    if (j->channel_over && all_out && !j->end_passed) {
        j->end_passed = true;
        j->stream->ops->end(j->stream);
    }
    if (!j->channel && all_out)
        finish(j);
    else if (j->eof_passed && j->end_passed)
        close_channel(j);
}

static void on_stream_end(void *user, int uv_error)
{
    cleat_join *j = user;
    j->stream_over = true;
    if (uv_error == UV_EOF)
        settle(j);
    else if (j->channel)
        close_channel(j);
    else
        finish(j);
}

/* ---- from the stream ---- */

static uint8_t *on_space(void *user, size_t *room)
{
    cleat_join *j = user;
    *room = j->in_len ? 0 : ROOM;
    return j->in;
}

/* Into the channel, as much as it takes; the rest waits, and so does the stream. */
static void pass_in(cleat_join *j)
{
    size_t taken = 0;
    if (j->in_len && cleat_channel_write(j->channel, CLEAT_STREAM_DATA, j->in + j->in_at, j->in_len,
                                         &taken) != CLEAT_OK)
        return;
    j->in_at += taken;
    j->in_len -= taken;
    if (j->stream && !j->stream_over)
        j->stream->ops->read(j->stream, j->in_len == 0);
}

static void on_received(void *user, size_t n)
{
    cleat_join *j = user;
    j->in_at = 0;
    j->in_len = j->channel ? n : 0; /* a closed channel wants nothing more */
    if (!j->channel)
        return;
    pass_in(j);
    kick(j);
}

/* ---- to the stream ---- */

static void consumed(cleat_join *j, size_t n)
{
    if (n && j->channel && cleat_channel_consume(j->channel, n) != CLEAT_OK)
        close_channel(j);
}

static void pass_out(cleat_join *j)
{
    while (j->stream && !j->left && j->waiting.len) {
        const queue spare = j->leaving;
        j->leaving = j->waiting;
        j->waiting = spare;
        j->waiting.len = 0;
        const cleat_slice bytes = {j->leaving.data, j->leaving.len};
        ptrdiff_t sent = j->stream->ops->write(j->stream, &bytes, 1, &j->left);
        if (sent < 0) {
            j->left = 0;
            close_channel(j);
            return;
        }
        consumed(j, (size_t)sent);
        size_t unsent = j->leaving.len - (size_t)sent - j->left;
        if (unsent == 0)
            continue;
        /* The stream wants to be asked again: what it did not take is first in the queue. */
        memmove(j->leaving.data, j->leaving.data + sent, unsent);
        const queue rest = j->leaving;
        j->leaving = j->waiting;
        j->waiting = rest;
        j->waiting.len = unsent;
        return;
    }
}

static void on_written(void *user, size_t n)
{
    cleat_join *j = user;
    j->left = 0;
    consumed(j, n);
    pass_out(j);
    settle(j);
    kick(j);
}

static cleat_status keep(queue *q, cleat_slice bytes)
{
    if (q->len + bytes.len > q->cap) {
        size_t cap = (q->len + bytes.len) * 2;
        uint8_t *grown = realloc(q->data, cap);
        if (!grown)
            return CLEAT_E_NOMEM;
        q->data = grown;
        q->cap = cap;
    }
    memcpy(q->data + q->len, bytes.data, bytes.len);
    q->len += bytes.len;
    return CLEAT_OK;
}

static void on_data(cleat_join *j, const cleat_event *ev)
{
    if (ev->u.data.stream != CLEAT_STREAM_DATA || !j->stream)
        consumed(j, ev->u.data.bytes.len);
    else if (keep(&j->waiting, ev->u.data.bytes) == CLEAT_OK)
        pass_out(j);
    else
        close_channel(j);
}

/* ---- the channel ---- */

static void on_late(uv_timer_t *timer)
{
    finish(timer->data);
}

/* What the other side sent before it closed still goes out, if the stream takes it in time. */
static void on_closed(cleat_join *j)
{
    cleat_channel_free(j->channel);
    j->channel = NULL;
    j->u = NULL;
    j->channel_over = true;
    uv_timer_start(&j->patience, on_late, PATIENCE_MS, 0);
    settle(j);
}

bool cleat_join_event(cleat_join *j, const cleat_event *ev)
{
    switch (ev->type) {
    case CLEAT_EV_CHANNEL_DATA:
        on_data(j, ev);
        break;
    case CLEAT_EV_CHANNEL_EOF:
        j->channel_over = true;
        break;
    case CLEAT_EV_CHANNEL_WRITABLE:
        pass_in(j);
        break;
    case CLEAT_EV_CHANNEL_CLOSED:
        on_closed(j);
        return true;
    default:
        if (ev->query && cleat_answer_reject(cleat_uv_conn(j->u), ev->query) != CLEAT_OK)
            close_channel(j);
        break;
    }
    settle(j);
    return false;
}

cleat_status cleat_join_new(cleat_join **out, cleat_uv *u, cleat_channel *ch, cleat_stream *s)
{
    cleat_join *j = calloc(1, sizeof *j);
    *out = j;
    if (!j) {
        cleat_stream_close(s);
        cleat_channel_free(ch);
        return CLEAT_E_NOMEM;
    }
    uv_timer_init(cleat_uv_loop(u), &j->patience);
    j->patience.data = j;
    j->u = u;
    j->channel = ch;
    j->stream = s;
    s->user = (stream_user){j, on_space, on_received, on_stream_end, on_written};
    s->ops->read(s, true);
    return CLEAT_OK;
}
