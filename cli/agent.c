/* The user's agent: bytes between its socket and cleat_agent. */
#include "agent.h"

#include "port.h"
#include "say.h"

#include <stdlib.h>
#include <string.h>

struct agent_link {
    uv_pipe_t pipe;
    uv_connect_t connecting;
    cleat_agent *talk;
    agent_cb done;
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
    agent_link *l = handle->data;
    cleat_agent_free(l->talk);
    free(l);
}

void agent_close(agent *a)
{
    agent_link *l = a->link;
    a->link = NULL;
    if (!l)
        return;
    l->done = NULL;
    uv_close((uv_handle_t *)&l->pipe, on_closed);
}

static void lost(agent_link *l, const char *why)
{
    say(CLEAT_LOG_DEBUG1, "agent: %s", why);
    if (l->done)
        l->done(l->user, NULL);
}

static void pass_replies(agent_link *l)
{
    const cleat_agent_reply *reply;
    while (l->done && (reply = cleat_agent_next(l->talk)) != NULL)
        l->done(l->user, reply);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    agent_link *l = handle->data;
    (void)suggested;
    *buf = uv_buf_init((char *)l->room, sizeof l->room);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    agent_link *l = stream->data;
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
    lost(l, cleat_status_text(st));
}

static void on_written(uv_write_t *request, int status)
{
    sending *s = request->data;
    (void)status; /* the end is noticed by reading */
    port_free_secret(s, sizeof *s + s->len);
}

static void flush(agent_link *l)
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

cleat_agent *agent_talk(const agent *a)
{
    return a->link ? a->link->talk : NULL;
}

void agent_send(agent *a)
{
    if (a->link)
        flush(a->link);
}

static void on_connected(uv_connect_t *request, int status)
{
    agent_link *l = request->data;
    if (status == 0)
        status = uv_read_start((uv_stream_t *)&l->pipe, on_alloc, on_read);
    if (status != 0)
        lost(l, uv_strerror(status));
    else
        flush(l);
}

bool agent_open(agent *a, uv_loop_t *loop, cleat_ctx *ctx, const char *path, agent_cb done,
                void *user)
{
    agent_link *l = calloc(1, sizeof *l);
    if (!l || cleat_agent_new(&l->talk, ctx) != CLEAT_OK ||
        cleat_agent_list(l->talk, NULL) != CLEAT_OK) {
        cleat_agent_free(l ? l->talk : NULL);
        free(l);
        return false;
    }
    l->done = done;
    l->user = user;
    uv_pipe_init(loop, &l->pipe, 0);
    l->pipe.data = l;
    l->connecting.data = l;
    a->link = l;
    uv_pipe_connect(&l->connecting, &l->pipe, path, on_connected);
    return true;
}
