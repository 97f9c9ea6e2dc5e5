/* The user's agent: bytes between its socket or pipe and cleat_agent. */
#include "port.h"
#include "stream.h"

#include <stdlib.h>
#include <string.h>

struct cleat_agent_link {
    uv_pipe_t pipe;
    uv_connect_t connecting;
    cleat_agent *talk;
    cleat_agent_link_cb done; /* NULL: closed, or the agent is gone */
    void *user;
    uint8_t room[16384];
};

/* May be a private key. */
typedef struct sending {
    uv_write_t request;
    size_t len;
    uint8_t bytes[];
} sending;

static void on_closed(uv_handle_t *handle)
{
    cleat_agent_link *l = handle->data;
    cleat_agent_free(l->talk);
    free(l);
}

void cleat_agent_link_close(cleat_agent_link *l)
{
    if (!l)
        return;
    l->done = NULL;
    uv_close((uv_handle_t *)&l->pipe, on_closed);
}

static void lost(cleat_agent_link *l)
{
    cleat_agent_link_cb done = l->done;
    l->done = NULL;
    if (done)
        done(l->user, NULL);
}

static void pass_replies(cleat_agent_link *l)
{
    const cleat_agent_reply *reply;
    while (l->done && (reply = cleat_agent_next(l->talk)) != NULL)
        l->done(l->user, reply);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    cleat_agent_link *l = handle->data;
    (void)suggested;
    *buf = uv_buf_init((char *)l->room, sizeof l->room);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    cleat_agent_link *l = stream->data;
    if (n == 0)
        return;
    cleat_status st =
        n > 0 ? cleat_agent_recv(l->talk, (cleat_slice){(const uint8_t *)buf->base, (size_t)n})
              : CLEAT_E_EOF;
    if (st == CLEAT_OK) {
        pass_replies(l);
        return;
    }
    uv_read_stop(stream);
    lost(l);
}

static void on_written(uv_write_t *request, int status)
{
    sending *s = request->data;
    (void)status; /* the end is noticed by reading */
    port_free_secret(s, sizeof *s + s->len);
}

cleat_agent *cleat_agent_link_agent(const cleat_agent_link *l)
{
    return l->talk;
}

void cleat_agent_link_send(cleat_agent_link *l)
{
    cleat_slice bytes = cleat_agent_send_peek(l->talk);
    sending *s = bytes.len ? malloc(sizeof *s + bytes.len) : NULL;
    if (!s)
        return;
    memcpy(s->bytes, bytes.data, bytes.len);
    s->request.data = s;
    s->len = bytes.len;
    cleat_agent_send_done(l->talk, bytes.len);
    const uv_buf_t buf = uv_buf_init((char *)s->bytes, (unsigned)bytes.len);
    if (uv_write(&s->request, (uv_stream_t *)&l->pipe, &buf, 1, on_written) != 0)
        port_free_secret(s, sizeof *s + s->len);
}

static void on_connected(uv_connect_t *request, int status)
{
    cleat_agent_link *l = request->data;
    if (status == 0)
        status = uv_read_start((uv_stream_t *)&l->pipe, on_alloc, on_read);
    if (status != 0)
        lost(l);
    else
        cleat_agent_link_send(l);
}

cleat_status cleat_agent_link_open(cleat_agent_link **out, uv_loop_t *loop, cleat_ctx *ctx,
                                   const char *path, cleat_agent_link_cb done, void *user)
{
    *out = NULL;
    if (!port_local_path_fits(path))
        return CLEAT_E_LIMIT;
    cleat_agent_link *l = calloc(1, sizeof *l);
    cleat_status st = l ? cleat_agent_new(&l->talk, ctx) : CLEAT_E_NOMEM;
    if (st == CLEAT_OK)
        st = cleat_agent_list(l->talk, NULL);
    if (st == CLEAT_OK && uv_pipe_init(loop, &l->pipe, 0) != 0)
        st = CLEAT_E_IO;
    if (st != CLEAT_OK) {
        cleat_agent_free(l ? l->talk : NULL);
        free(l);
        return st;
    }
    l->done = done;
    l->user = user;
    l->pipe.data = l;
    l->connecting.data = l;
    uv_pipe_connect(&l->connecting, &l->pipe, path, on_connected);
    *out = l;
    return CLEAT_OK;
}
