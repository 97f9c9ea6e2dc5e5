/* A stream that is another connection's channel: how jump hosts work. */
#include "stream.h"

#include <stdlib.h>

typedef struct channel_stream {
    cleat_stream base;
    uv_loop_t *loop;
    cleat_channel *channel;
    cleat_uv *outer;
    bool reading;
    uint8_t *held; /* came while nobody read; not consumed, so bounded by the window */
    size_t held_len, held_cap;
    bool ended;
} channel_stream;

static size_t hand_over(channel_stream *s, const uint8_t *data, size_t len)
{
    size_t done = 0;
    while (done < len && s->reading && s->channel) {
        size_t room = 0;
        uint8_t *at = s->base.user.space(s->base.user.user, &room);
        size_t n = len - done < room ? len - done : room;
        if (n == 0)
            break;
        for (size_t i = 0; i < n; i++)
            at[i] = data[done + i];
        done += n;
        if (cleat_channel_consume(s->channel, n) != CLEAT_OK)
            break;
        s->base.user.received(s->base.user.user, n);
    }
    return done;
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
    for (size_t i = 0; i < len; i++)
        s->held[s->held_len + i] = data[i];
    s->held_len += len;
    return true;
}

static void release_held(channel_stream *s)
{
    size_t done = hand_over(s, s->held, s->held_len);
    for (size_t i = done; i < s->held_len; i++)
        s->held[i - done] = s->held[i];
    s->held_len -= done;
}

static void on_data(channel_stream *s, const cleat_event *ev)
{
    cleat_slice bytes = ev->u.data.bytes;
    if (ev->u.data.stream != CLEAT_STREAM_DATA) {
        cleat_status st = cleat_channel_consume(s->channel, bytes.len);
        (void)st;
        return;
    }
    size_t done = s->held_len ? 0 : hand_over(s, bytes.data, bytes.len);
    if (done < bytes.len && !hold(s, bytes.data + done, bytes.len - done))
        s->base.user.ended(s->base.user.user, UV_ENOMEM);
}

static void tell_end(channel_stream *s)
{
    if (s->ended)
        return;
    s->ended = true;
    if (s->base.user.ended)
        s->base.user.ended(s->base.user.user, UV_EOF);
}

bool cleat_stream_channel_event(cleat_stream *base, const cleat_event *ev)
{
    channel_stream *s = (channel_stream *)base;
    if (!ev->channel || ev->channel != s->channel)
        return false;
    if (ev->type == CLEAT_EV_CHANNEL_DATA && s->base.user.user)
        on_data(s, ev);
    if (ev->type == CLEAT_EV_CHANNEL_WRITABLE && s->base.user.user)
        s->base.user.written(s->base.user.user, 0);
    if (ev->type == CLEAT_EV_CHANNEL_CLOSED)
        s->channel = NULL;
    if (ev->type == CLEAT_EV_CHANNEL_EOF || ev->type == CLEAT_EV_CHANNEL_CLOSED)
        tell_end(s);
    if (ev->query) {
        cleat_status st = cleat_answer_reject(cleat_uv_conn(s->outer), ev->query);
        (void)st;
    }
    return true;
}

static void channel_read(cleat_stream *base, bool on)
{
    channel_stream *s = (channel_stream *)base;
    s->reading = on;
    if (on && s->held_len)
        release_held(s);
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

static void channel_close(cleat_stream *base)
{
    channel_stream *s = (channel_stream *)base;
    if (s->channel) {
        cleat_channel_free(s->channel);
        cleat_uv_kick(s->outer);
    }
    free(s->held);
    free(s);
}

static const stream_ops channel_ops = {
    .read = channel_read, .write = channel_write, .close = channel_close};

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
