/* Reads a PROXY header from a stream, and nothing of what follows it. */
#include "proxy_header.h"
#include "stream.h"

#include <stdlib.h>

struct cleat_proxy_header_reading {
    cleat_stream *stream;
    uv_timer_t timer;
    proxy_header header;
    uint8_t space[512];
    int uv_error; /* that ended the stream; 0: none yet */
    cleat_proxy_header_cb done;
    void *user;
};

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static cleat_stream *release(cleat_proxy_header_reading *r)
{
    cleat_stream *s = r->stream;
    s->ops->read(s, false);
    s->user = (stream_user){0};
    uv_close((uv_handle_t *)&r->timer, on_closed);
    return s;
}

static void fail(cleat_proxy_header_reading *r, cleat_status st, const char *why)
{
    cleat_error error = {0};
    (void)loop_fail(&error, st, "%s", why);
    cleat_stream_close(release(r));
    r->done(r->user, NULL, &error);
}

static void succeed(cleat_proxy_header_reading *r)
{
    cleat_stream *s = release(r);
    if (r->header.ends_told)
        s->ends = r->header.ends;
    r->done(r->user, s, &(cleat_error){0});
}

static void on_over(uv_timer_t *timer)
{
    cleat_proxy_header_reading *r = timer->data;
    if (r->uv_error == 0)
        fail(r, CLEAT_E_TIMEOUT, "the PROXY header does not come");
    else if (r->uv_error == UV_EOF)
        fail(r, CLEAT_E_EOF, "closed before the PROXY header");
    else
        fail(r, CLEAT_E_IO, uv_strerror(r->uv_error));
}

static uint8_t *on_space(void *user, size_t *room)
{
    cleat_proxy_header_reading *r = user;
    size_t wanted = proxy_header_wants(&r->header);
    *room = wanted < sizeof r->space ? wanted : sizeof r->space;
    return r->space;
}

static void on_received(void *user, size_t n)
{
    cleat_proxy_header_reading *r = user;
    cleat_status st = proxy_header_take(&r->header, (cleat_slice){r->space, n});
    if (st == CLEAT_OK)
        succeed(r);
    else if (st != CLEAT_PENDING)
        fail(r, st, "there is no good PROXY header in front");
}

/* Told later, since it may come from within the call that begins to read. */
static void on_end(void *user, int uv_error)
{
    cleat_proxy_header_reading *r = user;
    r->uv_error = uv_error;
    uv_timer_start(&r->timer, on_over, 0, 0);
}

static void on_written(void *user, size_t n)
{
    (void)user, (void)n;
}

cleat_status cleat_proxy_header_read(cleat_proxy_header_reading **out, uv_loop_t *loop,
                                     cleat_stream *s, uint64_t ms, cleat_proxy_header_cb done,
                                     void *user)
{
    cleat_proxy_header_reading *r = calloc(1, sizeof *r);
    *out = r;
    if (!r) {
        cleat_stream_close(s);
        return CLEAT_E_NOMEM;
    }
    r->stream = s;
    r->done = done;
    r->user = user;
    uv_timer_init(loop, &r->timer);
    r->timer.data = r;
    uv_timer_start(&r->timer, on_over, ms, 0);
    s->user = (stream_user){r, on_space, on_received, on_end, on_written};
    s->ops->read(s, true);
    return CLEAT_OK;
}

void cleat_proxy_header_cancel(cleat_proxy_header_reading *r)
{
    if (r)
        cleat_stream_close(release(r));
}
