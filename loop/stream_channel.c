/* A stream that is another connection's channel: how jump hosts work. */
#include "stream.h"

#include <stdlib.h>
#include <string.h>

typedef struct channel_stream {
    cleat_stream base;
    uv_loop_t *loop;
    cleat_channel *channel;
    cleat_uv *outer;
    bool reading;
    uint8_t *held; /* came while nobody read; not consumed, so bounded by the window */
    size_t held_len, held_cap;
    unsigned depth; /* of calls that are under way */
    bool handing, over, ended, closed;
} channel_stream;

/* What the user does with the bytes may come back here: read again, write, or close the stream. So
 * the object stays until the outermost call has left, and no pointer is kept across a call. */
static void enter(channel_stream *s)
{
    s->depth++;
}

static void leave(channel_stream *s)
{
    if (--s->depth || !s->closed)
        return;
    free(s->held);
    free(s);
}

/* Gives the user as much as it takes; how much that was. */
static size_t hand_over(channel_stream *s, const uint8_t *data, size_t len)
{
    size_t room = 0;
    uint8_t *at = s->base.user.space(s->base.user.user, &room);
    size_t n = len < room ? len : room;
    if (n == 0)
        return 0;
    memcpy(at, data, n);
    cleat_status st = s->channel ? cleat_channel_consume(s->channel, n) : CLEAT_OK;
    return st == CLEAT_OK ? n : 0;
}

static bool is_reading(const channel_stream *s)
{
    return s->reading && !s->closed;
}

static bool hold(channel_stream *s, const uint8_t *data, size_t len)
{
    if (s->held_len + len > s->held_cap) {
        size_t cap = (s->held_len + len) * 2;
        uint8_t *grown = realloc(s->held, cap);
        if (!grown)
            return false;
        s->held = grown;
        s->held_cap = cap;
    }
    memcpy(s->held + s->held_len, data, len);
    s->held_len += len;
    return true;
}

static bool has_user(const channel_stream *s)
{
    return s->base.user.user != NULL;
}

/* Told once everything before it has been taken. */
static void tell_end(channel_stream *s)
{
    if (!s->over || s->ended || s->held_len || s->closed || !has_user(s))
        return;
    s->ended = true;
    s->base.user.ended(s->base.user.user, UV_EOF);
}

static void release_held(channel_stream *s)
{
    if (s->handing)
        return;
    s->handing = true;
    while (s->held_len && is_reading(s)) {
        size_t n = hand_over(s, s->held, s->held_len);
        if (n == 0)
            break;
        s->held_len -= n;
        memmove(s->held, s->held + n, s->held_len);
        s->base.user.received(s->base.user.user, n);
    }
    s->handing = false;
    tell_end(s);
}

/* What cannot be given away at once, or comes before there is a user, is held, and then given in
 * its turn. */
static void on_data(channel_stream *s, const cleat_event *ev)
{
    cleat_slice bytes = ev->u.data.bytes;
    if (ev->u.data.stream != CLEAT_STREAM_DATA) {
        cleat_status st = cleat_channel_consume(s->channel, bytes.len);
        (void)st;
        return;
    }
    while (bytes.len && !s->held_len && !s->handing && is_reading(s)) {
        size_t n = hand_over(s, bytes.data, bytes.len);
        if (n == 0)
            break;
        bytes.data += n;
        bytes.len -= n;
        s->handing = true;
        s->base.user.received(s->base.user.user, n);
        s->handing = false;
    }
    bool kept = !bytes.len || s->closed || hold(s, bytes.data, bytes.len);
    if (!kept && has_user(s))
        s->base.user.ended(s->base.user.user, UV_ENOMEM);
}

bool cleat_stream_channel_event(cleat_stream *base, const cleat_event *ev)
{
    channel_stream *s = (channel_stream *)base;
    if (!ev->channel || ev->channel != s->channel)
        return false;
    enter(s);
    if (ev->type == CLEAT_EV_CHANNEL_DATA)
        on_data(s, ev);
    if (ev->type == CLEAT_EV_CHANNEL_WRITABLE && has_user(s))
        s->base.user.written(s->base.user.user, 0);
    if (ev->type == CLEAT_EV_CHANNEL_CLOSED)
        s->channel = NULL;
    if (ev->type == CLEAT_EV_CHANNEL_EOF || ev->type == CLEAT_EV_CHANNEL_CLOSED) {
        s->over = true;
        tell_end(s);
    }
    if (ev->query) {
        cleat_status st = cleat_answer_reject(cleat_uv_conn(s->outer), ev->query);
        (void)st;
    }
    leave(s);
    return true;
}

static void channel_read(cleat_stream *base, bool on)
{
    channel_stream *s = (channel_stream *)base;
    s->reading = on;
    enter(s);
    if (on)
        release_held(s);
    leave(s);
}

static ptrdiff_t channel_write(cleat_stream *base, const cleat_slice *parts, size_t count,
                               size_t *pending)
{
    channel_stream *s = (channel_stream *)base;
    size_t total = 0;
    *pending = 0;
    for (size_t i = 0; i < count && s->channel; i++) {
        size_t accepted;
        if (cleat_channel_write(s->channel, CLEAT_STREAM_DATA, parts[i].data, parts[i].len,
                                &accepted) != CLEAT_OK)
            return UV_EPIPE;
        total += accepted;
        if (accepted < parts[i].len)
            break;
    }
    if (!s->channel)
        return UV_EPIPE;
    cleat_uv_kick(s->outer);
    return (ptrdiff_t)total;
}

static void channel_end(cleat_stream *base)
{
    channel_stream *s = (channel_stream *)base;
    if (!s->channel || cleat_channel_eof(s->channel) != CLEAT_OK)
        return;
    cleat_uv_kick(s->outer);
}

static void channel_close(cleat_stream *base)
{
    channel_stream *s = (channel_stream *)base;
    cleat_channel *channel = s->channel;
    enter(s);
    s->closed = true;
    s->channel = NULL;
    if (channel) {
        cleat_channel_free(channel);
        cleat_uv_kick(s->outer);
    }
    leave(s);
}

static const stream_ops channel_ops = {
    .read = channel_read, .write = channel_write, .end = channel_end, .close = channel_close};

cleat_status cleat_stream_open_channel(cleat_stream **out, uv_loop_t *loop, cleat_channel *channel)
{
    channel_stream *s = calloc(1, sizeof *s);
    *out = NULL;
    if (!s)
        return CLEAT_E_NOMEM;
    s->base.ops = &channel_ops;
    s->loop = loop;
    s->channel = channel;
    s->outer = cleat_conn_user(cleat_channel_conn(channel));
    *out = &s->base;
    return CLEAT_OK;
}
