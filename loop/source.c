/* A descriptor whose bytes go into a channel. Sockets, pipes and terminals are read by the loop;
 * files, which no loop can watch, by its thread pool. */
#include "port.h"
#include "stream.h"

#include <stdlib.h>
#include <string.h>

enum { BUFFER = 256 << 10, FIRST_BUFFER = 16 << 10 };

struct cleat_source {
    cleat_uv *u;
    cleat_channel *channel;
    cleat_source_options options;
    uv_stream_t *stream; /* NULL: a file */
    uv_fs_t request;
    bool request_open; /* the pool is reading */
    bool closed, paused;
    bool over, failed; /* the end was read */
    bool had_data;     /* by the last read */
    uint8_t *data;
    size_t cap, from, to; /* read and not yet sent: data[from..to) */
};

static void read_more(cleat_source *s);

static void free_source(cleat_source *s)
{
    free(s->data);
    free(s);
}

static void finish(cleat_source *s)
{
    cleat_source_cb on_end = s->options.on_end;
    s->options.on_end = NULL;
    if (on_end)
        on_end(s->options.user, s, s->failed);
}

/* True when all that was read is in the channel. */
static bool send_on(cleat_source *s)
{
    size_t accepted = 0;
    if (s->from < s->to && cleat_channel_write(s->channel, s->options.stream, s->data + s->from,
                                               s->to - s->from, &accepted) != CLEAT_OK) {
        s->from = s->to; /* the channel is closed: nobody wants it */
        return true;
    }
    s->from += accepted;
    return s->from == s->to;
}

/* Interactive input is small and stays in a small buffer; a full read earns a large one,
 * and a pipe that holds as much: every wake-up then brings more. */
static void grow(cleat_source *s, size_t n)
{
    if (n < s->cap || s->cap >= BUFFER)
        return;
    uint8_t *bigger = realloc(s->data, BUFFER);
    if (!bigger)
        return;
    s->data = bigger;
    s->cap = BUFFER;
    if (s->stream)
        port_pipe_widen(s->options.fd);
}

/* The kick comes last: events that it brings may close the source. */
static void got(cleat_source *s, size_t n)
{
    s->from = 0;
    s->to = s->options.filter ? s->options.filter(s->options.user, s->data, n) : n;
    if (send_on(s)) {
        grow(s, n);
        read_more(s);
    } else if (s->stream) {
        uv_read_stop(s->stream);
    }
    cleat_uv_kick(s->u);
}

static void ended(cleat_source *s, bool failed)
{
    cleat_uv *u = s->u;
    s->over = true;
    s->failed = failed;
    if (s->stream)
        uv_read_stop(s->stream);
    if (s->from == s->to)
        finish(s);
    cleat_uv_kick(u);
}

static void on_space(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    cleat_source *s = handle->data;
    (void)suggested;
    *buf = uv_buf_init((char *)s->data, (unsigned)s->cap);
}

/* Behind a read that brought little from something that has hung up libuv says EOF by itself. Of a
 * pseudo-terminal there may be more: so it is asked until it says so twice. */
static void on_read(uv_stream_t *handle, ssize_t n, const uv_buf_t *buf)
{
    cleat_source *s = handle->data;
    (void)buf;
    if (s->closed)
        return;
    bool doubtful = n == UV_EOF && s->had_data;
    s->had_data = n > 0;
    bool again = doubtful && uv_read_start(handle, on_space, on_read) == 0;
    if (n > 0)
        got(s, (size_t)n);
    else if (n < 0 && !again)
        ended(s, n != UV_EOF && n != UV_EIO); /* EIO is how a pseudo-terminal says EOF */
}

static void on_file_read(uv_fs_t *request)
{
    cleat_source *s = request->data;
    ssize_t n = request->result;
    uv_fs_req_cleanup(request);
    s->request_open = false;
    if (s->closed)
        free_source(s);
    else if (n > 0)
        got(s, (size_t)n);
    else
        ended(s, n < 0);
}

static void read_file(cleat_source *s)
{
    uv_buf_t buf = uv_buf_init((char *)s->data, (unsigned)s->cap);
    s->request.data = s;
    s->request_open = true;
    if (uv_fs_read(cleat_uv_loop(s->u), &s->request, s->options.fd, &buf, 1, -1, on_file_read)) {
        s->request_open = false;
        ended(s, true);
    }
}

static void read_more(cleat_source *s)
{
    if (s->over || s->closed || s->paused || s->request_open)
        return;
    if (!s->stream) {
        read_file(s);
        return;
    }
    int e = uv_read_start(s->stream, on_space, on_read);
    if (e && e != UV_EALREADY)
        ended(s, true);
}

void cleat_source_writable(cleat_source *s)
{
    if (s->closed || s->request_open || !send_on(s))
        return;
    if (s->over)
        finish(s);
    else
        read_more(s);
}

void cleat_source_pause(cleat_source *s, bool paused)
{
    s->paused = paused;
    if (!paused && s->from == s->to)
        read_more(s);
    else if (paused && s->stream)
        uv_read_stop(s->stream);
}

static void on_stream_closed(uv_handle_t *handle)
{
    free_source(handle->data);
    free(handle);
}

/* A console's reader may still be writing into the buffer: it is let go only with the handle.
 * libuv does not close stdin, stdout and stderr, and others may share them. */
static void close_stream(cleat_source *s)
{
    if (s->options.fd <= 2)
        uv_stream_set_blocking(s->stream, 1);
    uv_close((uv_handle_t *)s->stream, on_stream_closed);
}

static void close_file(cleat_source *s)
{
    uv_fs_t request;
    if (s->options.fd > 2) {
        uv_fs_close(NULL, &request, s->options.fd, NULL);
        uv_fs_req_cleanup(&request);
    }
    if (!s->request_open)
        free_source(s);
}

void cleat_source_close(cleat_source *s)
{
    if (!s || s->closed)
        return;
    s->closed = true;
    if (s->stream)
        close_stream(s);
    else
        close_file(s);
}

cleat_status cleat_source_new(cleat_source **out, cleat_uv *u, cleat_channel *ch,
                              const cleat_source_options *options, cleat_error *error)
{
    int e = 0;
    cleat_source *s = calloc(1, sizeof *s);
    *out = NULL;
    if (s)
        s->data = malloc(FIRST_BUFFER);
    if (!s || !s->data) {
        free(s);
        return loop_fail(error, CLEAT_E_NOMEM, "out of memory");
    }
    s->u = u;
    s->channel = ch;
    if (!cleat_options_import(&s->options, sizeof s->options, options)) {
        free_source(s);
        return loop_fail(error, CLEAT_E_BAD_CALL, "options of a newer version");
    }
    s->cap = uv_guess_handle(options->fd) == UV_FILE ? BUFFER : FIRST_BUFFER;
    if (s->cap == BUFFER) {
        free(s->data);
        s->data = malloc(BUFFER);
    } else {
        s->stream = stream_handle_for(cleat_uv_loop(u), options->fd, true, &e);
    }
    if (!s->data || e) {
        free_source(s);
        return loop_fail(error, CLEAT_E_IO, "cannot read descriptor %d: %s", options->fd,
                         uv_strerror(e ? e : UV_ENOMEM));
    }
    if (s->stream)
        s->stream->data = s;
    *out = s;
    read_more(s);
    return CLEAT_OK;
}
