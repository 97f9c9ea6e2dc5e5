/* Streams of the blocking layer: a channel with what came on it and was not read yet. */
#include "easy_stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what comes ---- */

static bool append(easy_bytes *b, const uint8_t *data, size_t len)
{
    if (len > b->cap - b->len) {
        size_t cap = (b->len + len) * 2;
        uint8_t *grown = realloc(b->data, cap);
        if (!grown)
            return false;
        b->data = grown;
        b->cap = cap;
    }
    memcpy(b->data + b->len, data, len);
    b->len += len;
    return true;
}

static void consume(cleat_easy_stream *s, size_t n)
{
    if (s->channel && n)
        easy_ignore(cleat_channel_consume(s->channel, n));
}

/* A stream's bytes are bounded by the window, as they are consumed when they are read; those of a
 * command by `room`. */
static void on_data(cleat_easy_stream *s, const cleat_event *ev)
{
    cleat_slice bytes = ev->u.data.bytes;
    easy_bytes *in = &s->in[ev->u.data.stream == CLEAT_STREAM_STDERR];
    size_t n = bytes.len < s->room ? bytes.len : s->room;
    s->overflow = s->overflow || n < bytes.len;
    if (n && !s->ending && !append(in, bytes.data, n))
        s->no_memory = true;
    if (s->collecting || s->ending)
        consume(s, bytes.len);
    if (s->collecting)
        s->room -= n;
}

static void on_request(cleat_easy_stream *s, const cleat_event *ev)
{
    if (ev->u.request.type == CLEAT_REQ_EXIT_STATUS)
        s->status = (int)(ev->u.request.status & 0x7FFFFFFF);
    if (ev->u.request.type == CLEAT_REQ_EXIT_SIGNAL)
        snprintf(s->signal, sizeof s->signal, "%s", ev->u.request.signal);
    if (ev->query)
        easy_ignore(cleat_answer_reject(cleat_channel_conn(s->channel), ev->query));
}

static void end(cleat_easy_stream *s)
{
    cleat_channel_free(s->channel);
    s->channel = NULL;
    s->over = true;
}

static void on_event(easy_owner *owner, const cleat_event *ev)
{
    cleat_easy_stream *s = (cleat_easy_stream *)owner;
    switch (ev->type) {
    case CLEAT_EV_CHANNEL_OPENED:
        s->opened = true;
        break;
    case CLEAT_EV_CHANNEL_FAILED:
        loop_fail(&s->why, CLEAT_E_CHANNEL_OPEN, "the server opens no channel: %s",
                  ev->text && *ev->text ? ev->text : "no reason given");
        end(s);
        break;
    case CLEAT_EV_CHANNEL_REPLY:
        s->replied = true;
        s->accepted = ev->u.reply.success;
        break;
    case CLEAT_EV_CHANNEL_DATA:
        on_data(s, ev);
        break;
    case CLEAT_EV_CHANNEL_REQUEST:
        on_request(s, ev);
        break;
    case CLEAT_EV_CHANNEL_EOF:
        s->eof = true;
        break;
    case CLEAT_EV_CHANNEL_CLOSED:
        end(s);
        break;
    default:
        break;
    }
}

void easy_streams_end(cleat_easy *e)
{
    for (cleat_easy_stream *s = e->streams; s; s = s->next) {
        s->channel = NULL; /* freed with the connection */
        s->over = true;
    }
}

/* ---- opening and closing ---- */

static cleat_easy_stream *new_stream(cleat_easy *e)
{
    cleat_easy_stream *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->owner.on_event = on_event;
    s->easy = e;
    s->status = -1;
    s->room = SIZE_MAX;
    s->next = e->streams;
    e->streams = s;
    return s;
}

/* Lets what was called on the connection take effect. */
void easy_stream_kick(const cleat_easy_stream *s)
{
    if (s->easy->uv)
        cleat_uv_kick(s->easy->uv);
}

static void unlink_stream(cleat_easy_stream *s)
{
    cleat_easy_stream **at = &s->easy->streams;
    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
}

void cleat_easy_stream_close(cleat_easy_stream *s)
{
    if (!s)
        return;
    unlink_stream(s);
    cleat_channel_free(s->channel);
    easy_stream_kick(s);
    free(s->in[0].data);
    free(s->in[1].data);
    free(s);
}

void easy_streams_free(cleat_easy *e)
{
    for (cleat_easy_stream *s = e->streams, *next; s; s = next) {
        next = s->next;
        cleat_easy_stream_close(s);
    }
}

static cleat_status fail(const cleat_easy_stream *s, const char *doing, cleat_error *error)
{
    if (s->why.status != CLEAT_OK) {
        if (error)
            *error = s->why;
        return s->why.status;
    }
    if (s->over && !s->easy->ended)
        return loop_fail(error, CLEAT_E_CLOSED, "the peer closed the channel while %s", doing);
    return easy_problem(s->easy, doing, error);
}

/* The channel is asked for; waits until it is there. */
static cleat_status await_open(cleat_easy_stream *s, cleat_status st, const char *doing,
                               cleat_error *error)
{
    if (st != CLEAT_OK)
        return loop_fail(error, st, "%s: %s", doing, cleat_status_text(st));
    cleat_channel_set_user(s->channel, &s->owner);
    easy_stream_kick(s);
    while (!s->opened && !s->over && easy_wait(s->easy))
        ;
    return s->opened && !s->over ? CLEAT_OK : fail(s, doing, error);
}

static cleat_status start_command(cleat_easy_stream *s, const char *command, cleat_error *error)
{
    cleat_status st = command ? cleat_channel_exec(s->channel, command, true)
                              : cleat_channel_shell(s->channel, true);
    if (st != CLEAT_OK)
        return loop_fail(error, st, "starting the command: %s", cleat_status_text(st));
    easy_stream_kick(s);
    while (!s->replied && !s->over && easy_wait(s->easy))
        ;
    if (s->replied && !s->accepted)
        return loop_fail(error, CLEAT_E_REQUEST_REFUSED,
                         "the server refused to run \"%.200s\"; does the account, or the key, "
                         "allow it?",
                         command ? command : "a shell");
    return s->replied ? CLEAT_OK : fail(s, "starting the command", error);
}

cleat_status easy_stream_session(cleat_easy_stream **out, cleat_easy *e, const char *command,
                                 size_t output_max, cleat_error *error)
{
    cleat_easy_stream *s = new_stream(e);
    *out = s;
    if (!s)
        return loop_fail(error, CLEAT_E_NOMEM, "out of memory");
    s->collecting = output_max > 0; /* from the first byte, which may come with the reply */
    s->room = output_max ? output_max : SIZE_MAX;
    if (!e->uv)
        return fail(s, "opening a session", error);
    cleat_status st = await_open(s, cleat_channel_open_session(&s->channel, cleat_uv_conn(e->uv)),
                                 "opening a session", error);
    return st == CLEAT_OK ? start_command(s, command, error) : st;
}

/* Hands the stream out, or frees it. */
static cleat_status hand_out(cleat_easy_stream **out, cleat_easy_stream *s, cleat_status st)
{
    easy_limit(s->easy, 0);
    *out = st == CLEAT_OK ? s : NULL;
    if (st != CLEAT_OK)
        cleat_easy_stream_close(s);
    return st;
}

cleat_status cleat_easy_start(cleat_easy_stream **out, cleat_easy *e, const char *command,
                              cleat_error *error)
{
    cleat_easy_stream *s;
    easy_limit(e, 0);
    cleat_status st = easy_stream_session(&s, e, command, 0, error);
    *out = NULL;
    return s ? hand_out(out, s, st) : st;
}

cleat_status cleat_easy_open_tcp(cleat_easy_stream **out, cleat_easy *e, const char *host,
                                 uint16_t port, cleat_error *error)
{
    static const char doing[] = "opening a channel";
    cleat_easy_stream *s = new_stream(e);
    *out = NULL;
    if (!s)
        return loop_fail(error, CLEAT_E_NOMEM, "out of memory");
    easy_limit(e, 0);
    cleat_status st = e->uv ? await_open(s,
                                         cleat_channel_open_tcp(&s->channel, cleat_uv_conn(e->uv),
                                                                host, port, "127.0.0.1", 0),
                                         doing, error)
                            : fail(s, doing, error);
    return hand_out(out, s, st);
}

void cleat_easy_stream_timeout(cleat_easy_stream *s, uint32_t timeout_ms)
{
    s->timeout_ms = timeout_ms;
}

/* ---- reading and writing ---- */

static size_t take(cleat_easy_stream *s, easy_bytes *in, void *data, size_t room)
{
    size_t n = in->len - in->from < room ? in->len - in->from : room;
    if (n == 0)
        return 0;
    memcpy(data, in->data + in->from, n);
    in->from += n;
    if (in->from == in->len)
        in->from = in->len = 0;
    consume(s, n);
    easy_stream_kick(s);
    return n;
}

static void drop(cleat_easy_stream *s, easy_bytes *in)
{
    consume(s, in->len - in->from);
    in->from = in->len = 0;
    easy_stream_kick(s);
}

cleat_status cleat_easy_read(size_t *n, cleat_easy_stream *s, void *data, size_t room,
                             uint32_t *which, cleat_error *error)
{
    *n = 0;
    easy_limit(s->easy, s->timeout_ms);
    do {
        if (!which)
            drop(s, &s->in[1]);
        for (uint32_t i = 0; i < 2 && *n == 0; i++) {
            *n = take(s, &s->in[i], data, room);
            if (which)
                *which = i ? CLEAT_STREAM_STDERR : CLEAT_STREAM_DATA;
        }
    } while (*n == 0 && !s->eof && !s->over && !s->no_memory && easy_wait(s->easy));
    if (s->no_memory)
        return loop_fail(error, CLEAT_E_NOMEM, "out of memory");
    bool regular = *n || s->eof || (s->over && !s->easy->ended);
    return regular ? CLEAT_OK : fail(s, "reading", error);
}

/* As much as goes now. */
static cleat_status push(cleat_easy_stream *s, const uint8_t *data, size_t len, size_t *sent)
{
    size_t n = 0;
    cleat_status st = s->channel ? cleat_channel_write(s->channel, CLEAT_STREAM_DATA, data + *sent,
                                                       len - *sent, &n)
                                 : CLEAT_E_CLOSED;
    if (st == CLEAT_OK)
        *sent += n;
    easy_stream_kick(s);
    return st;
}

static bool is_flushed(const cleat_easy_stream *s)
{
    return !s->easy->uv || cleat_conn_is_flushed(cleat_uv_conn(s->easy->uv));
}

static cleat_status flush(cleat_easy_stream *s, cleat_error *error)
{
    easy_stream_kick(s);
    while (!is_flushed(s)) {
        if (!easy_wait(s->easy))
            return fail(s, "writing", error);
    }
    return CLEAT_OK;
}

cleat_status cleat_easy_write(cleat_easy_stream *s, const void *data, size_t len,
                              cleat_error *error)
{
    size_t sent = 0;
    easy_limit(s->easy, s->timeout_ms);
    for (;;) {
        cleat_status st = push(s, data, len, &sent);
        if (st != CLEAT_OK)
            return s->over ? fail(s, "writing", error)
                           : loop_fail(error, st, "writing: %s", cleat_status_text(st));
        if (sent == len)
            return flush(s, error);
        if (!easy_wait(s->easy))
            return fail(s, "writing", error);
    }
}

cleat_status cleat_easy_eof(cleat_easy_stream *s, cleat_error *error)
{
    easy_limit(s->easy, s->timeout_ms);
    cleat_status st = s->channel ? cleat_channel_eof(s->channel) : CLEAT_OK;
    if (st != CLEAT_OK)
        return loop_fail(error, st, "ending the input: %s", cleat_status_text(st));
    return flush(s, error);
}

cleat_status cleat_easy_finish(int *status, cleat_easy_stream *s, cleat_error *error)
{
    cleat_status st = cleat_easy_eof(s, error);
    *status = -1;
    if (st != CLEAT_OK)
        return st;
    drop(s, &s->in[0]);
    drop(s, &s->in[1]);
    s->ending = true;
    while (!s->over && easy_wait(s->easy))
        ;
    if (!s->over || (s->easy->ended && s->status < 0))
        return fail(s, "waiting for the end of the command", error);
    *status = s->status;
    return CLEAT_OK;
}

/* ---- a command from start to end ---- */

cleat_status easy_stream_converse(cleat_easy_stream *s, const cleat_easy_exec_options *o,
                                  cleat_error *error)
{
    size_t sent = 0;
    bool ended = false;
    while (!s->over && !s->overflow && !s->no_memory) {
        /* A command that ends early takes no more input, which is no error. */
        if (sent < o->input_len && push(s, o->input, o->input_len, &sent) != CLEAT_OK)
            sent = o->input_len;
        if (sent == o->input_len && !ended && s->channel) {
            easy_ignore(cleat_channel_eof(s->channel));
            easy_stream_kick(s);
            ended = true;
        }
        if (!s->over && !easy_wait(s->easy))
            return fail(s, "the command was running", error);
    }
    if (s->no_memory)
        return loop_fail(error, CLEAT_E_NOMEM, "out of memory");
    if (s->overflow)
        return loop_fail(error, CLEAT_E_LIMIT,
                         "the command printed more than output_max allows; the rest is lost");
    return s->easy->ended && s->status < 0 ? fail(s, "the command was running", error) : CLEAT_OK;
}
