/* A descriptor that takes a channel's bytes. What goes at once is written from where it is; only
 * the rest is copied, and it is not consumed before it is written, so the window bounds it. */
#include "port.h"
#include "stream.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK = 64 << 10, PARTS_MAX = 16 };

typedef struct chunk {
    struct chunk *next;
    bool taken; /* with libuv: nothing can be added */
    size_t len, cap;
    uint8_t bytes[];
} chunk;

struct cleat_sink {
    cleat_uv *u;
    cleat_sink_options options;
    uv_stream_t *stream; /* NULL: a file */
    cleat_channel *channel;
    chunk *first, *last; /* what is not written yet */
    size_t pending;      /* bytes in it */
    uv_write_t request;
    bool writing; /* the request is under way */
    bool widened; /* the pipe */
    bool broken, ending, closed;
};

static void consume(cleat_sink *s, size_t n)
{
    if (s->channel && n && cleat_channel_consume(s->channel, n) != CLEAT_OK)
        s->channel = NULL;
}

static void break_off(cleat_sink *s)
{
    if (s->broken)
        return;
    s->broken = true;
    if (s->options.on_broken && !s->closed)
        s->options.on_broken(s->options.user, s);
}

static void close_fd(cleat_sink *s)
{
    uv_fs_t request;
    if (s->stream) {
        /* libuv does not close stdin, stdout and stderr, and others may share them; so a file stays
         * open there, too. */
        if (s->options.fd <= 2)
            uv_stream_set_blocking(s->stream, 1);
        stream_free_handle((uv_handle_t *)s->stream);
    } else if (s->options.fd > 2) {
        uv_fs_close(NULL, &request, s->options.fd, NULL);
        uv_fs_req_cleanup(&request);
    }
    s->stream = NULL;
    s->options.fd = -1;
}

static void finish_if_done(cleat_sink *s)
{
    if (!s->ending || s->pending || s->closed)
        return;
    cleat_sink_cb on_end = s->options.on_end;
    s->options.on_end = NULL;
    close_fd(s);
    if (on_end)
        on_end(s->options.user, s);
}

/* Frees the chunks that libuv had, or all; returns how many bytes were in them. */
static size_t drop_chunks(cleat_sink *s, bool all)
{
    size_t n = 0;
    while (s->first && (all || s->first->taken)) {
        chunk *c = s->first;
        s->first = c->next;
        n += c->len;
        free(c);
    }
    if (!s->first)
        s->last = NULL;
    s->pending -= n;
    return n;
}

static void free_sink(cleat_sink *s)
{
    drop_chunks(s, true);
    free(s);
}

static void on_written(uv_write_t *request, int status);

/* Hands over all that has gathered, in one piece. */
static int write_on(cleat_sink *s)
{
    uv_buf_t bufs[PARTS_MAX];
    unsigned n = 0;
    for (chunk *c = s->first; c && n < PARTS_MAX; c = c->next) {
        bufs[n++] = uv_buf_init((char *)c->bytes, (unsigned)c->len);
        c->taken = true;
    }
    if (n == 0)
        return 0;
    s->request.data = s;
    int e = uv_write(&s->request, s->stream, bufs, n, on_written);
    s->writing = e == 0;
    return e;
}

static void on_written(uv_write_t *request, int status)
{
    cleat_sink *s = request->data;
    cleat_uv *u = s->channel ? s->u : NULL; /* with its channel the connection may be gone */
    s->writing = false;
    size_t n = drop_chunks(s, false);
    if (s->closed) {
        free_sink(s);
        return;
    }
    if (status < 0 || write_on(s) != 0) {
        n += drop_chunks(s, true);
        break_off(s);
    }
    consume(s, n);
    finish_if_done(s); /* may free the sink */
    if (u)
        cleat_uv_kick(u);
}

/* Where len bytes can be added, all in one chunk. */
static chunk *room_for(cleat_sink *s, size_t len)
{
    if (s->last && !s->last->taken && s->last->cap - s->last->len >= len)
        return s->last;
    size_t cap = len < CHUNK ? CHUNK : len;
    chunk *c = malloc(sizeof *c + cap);
    if (!c)
        return NULL;
    *c = (chunk){.cap = cap};
    if (s->last)
        s->last->next = c;
    else
        s->first = c;
    return s->last = c;
}

/* Where this much gathers, a pipe that holds it serves better: more is written from where it is,
 * and the reader is woken less often. */
static void widen(cleat_sink *s)
{
    if (s->widened || s->pending <= CHUNK)
        return;
    s->widened = true;
    port_pipe_widen(s->options.fd);
}

static cleat_status queue(cleat_sink *s, cleat_slice bytes)
{
    chunk *c = room_for(s, bytes.len);
    if (!c)
        return CLEAT_E_NOMEM;
    memcpy(c->bytes + c->len, bytes.data, bytes.len);
    c->len += bytes.len;
    s->pending += bytes.len;
    widen(s);
    if (!s->writing && write_on(s) != 0) {
        consume(s, drop_chunks(s, true));
        break_off(s);
    }
    return CLEAT_OK;
}

/* libuv only reads what it writes. */
static uv_buf_t as_buf(cleat_slice bytes)
{
    union {
        const uint8_t *in;
        char *out;
    } at = {.in = bytes.data};
    return uv_buf_init(at.out, (unsigned)bytes.len);
}

static cleat_status write_file(cleat_sink *s, cleat_slice bytes)
{
    uv_fs_t request;
    size_t done = 0;
    while (done < bytes.len && !s->broken) {
        uv_buf_t buf = as_buf((cleat_slice){bytes.data + done, bytes.len - done});
        int n = uv_fs_write(NULL, &request, s->options.fd, &buf, 1, -1, NULL);
        uv_fs_req_cleanup(&request);
        if (n <= 0)
            break_off(s);
        else
            done += (size_t)n;
    }
    consume(s, bytes.len);
    return CLEAT_OK;
}

static cleat_status write_stream(cleat_sink *s, cleat_slice bytes)
{
    uv_buf_t buf = as_buf(bytes);
    int n = s->pending ? UV_EAGAIN : uv_try_write(s->stream, &buf, 1);
    if (n < 0 && n != UV_EAGAIN) {
        consume(s, bytes.len);
        break_off(s);
        return CLEAT_OK;
    }
    size_t done = n > 0 ? (size_t)n : 0;
    consume(s, done);
    if (done == bytes.len)
        return CLEAT_OK;
    return queue(s, (cleat_slice){bytes.data + done, bytes.len - done});
}

cleat_status cleat_sink_write(cleat_sink *s, cleat_channel *ch, cleat_slice bytes)
{
    s->channel = ch;
    if (s->broken || s->ending || s->closed) {
        consume(s, bytes.len);
        return CLEAT_OK;
    }
    return s->stream ? write_stream(s, bytes) : write_file(s, bytes);
}

void cleat_sink_end(cleat_sink *s)
{
    s->ending = true;
    finish_if_done(s);
}

void cleat_sink_forget_channel(cleat_sink *s)
{
    s->channel = NULL;
}

size_t cleat_sink_pending(const cleat_sink *s)
{
    return s->pending;
}

void cleat_sink_close(cleat_sink *s)
{
    if (!s || s->closed)
        return;
    s->closed = true;
    close_fd(s);
    if (!s->writing)
        free_sink(s);
}

cleat_status cleat_sink_new(cleat_sink **out, cleat_uv *u, const cleat_sink_options *options,
                            cleat_error *error)
{
    int e = 0;
    cleat_sink *s = calloc(1, sizeof *s);
    *out = NULL;
    if (!s)
        return loop_fail(error, CLEAT_E_NOMEM, "out of memory");
    s->u = u;
    if (!cleat_options_import(&s->options, sizeof s->options, options)) {
        free(s);
        return loop_fail(error, CLEAT_E_BAD_CALL, "options of a newer version");
    }
    if (uv_guess_handle(options->fd) != UV_FILE)
        s->stream = stream_handle_for(cleat_uv_loop(u), options->fd, false, &e);
    if (e) {
        free(s);
        return loop_fail(error, CLEAT_E_IO, "cannot write descriptor %d: %s", options->fd,
                         uv_strerror(e));
    }
    *out = s;
    return CLEAT_OK;
}
