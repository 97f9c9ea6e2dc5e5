/* Streams on libuv's handles: one for both ways (a socket), or one each way (pipes). */
#include "port.h"
#include "stream.h"

#include <stdlib.h>
#include <string.h>

enum { PARTS_MAX = 64 };

typedef struct uv_stream_pair {
    cleat_stream base;
    uv_stream_t *in, *out;
    uv_write_t request;
    size_t pending;
    bool closed;
} uv_stream_pair;

void stream_free_handle(uv_handle_t *handle)
{
    if (handle && !uv_is_closing(handle))
        uv_close(handle, (uv_close_cb)(void (*)(void))free);
}

static void on_space(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    uv_stream_pair *s = handle->data;
    size_t room = 0;
    uint8_t *at = s->base.user.space(s->base.user.user, &room);
    (void)suggested;
    *buf = uv_buf_init((char *)at, (unsigned)room);
}

static void on_read(uv_stream_t *handle, ssize_t n, const uv_buf_t *buf)
{
    uv_stream_pair *s = handle->data;
    (void)buf;
    if (n > 0) {
        s->base.user.received(s->base.user.user, (size_t)n);
    } else if (n == UV_ENOBUFS) {
        uv_read_stop(handle); /* the reader asks again when it has room */
    } else if (n < 0) {
        uv_read_stop(handle);
        s->base.user.ended(s->base.user.user, (int)n);
    }
}

static void pair_read(cleat_stream *base, bool on)
{
    uv_stream_pair *s = (uv_stream_pair *)base;
    if (on) {
        int e = uv_read_start(s->in, on_space, on_read);
        if (e && e != UV_EALREADY)
            base->user.ended(base->user.user, e);
    } else {
        uv_read_stop(s->in);
    }
}

static void pair_free(uv_stream_pair *s)
{
    if (s->pending == 0 && s->closed)
        free(s);
}

static void on_written(uv_write_t *request, int status)
{
    uv_stream_pair *s = request->data;
    size_t n = s->pending;
    s->pending = 0;
    if (s->closed)
        pair_free(s);
    else if (status < 0)
        s->base.user.ended(s->base.user.user, status);
    else
        s->base.user.written(s->base.user.user, n);
}

/* What is left after `done` bytes, as libuv's buffers. */
static unsigned rest(const cleat_slice *parts, size_t count, size_t done, uv_buf_t *bufs,
                     size_t *len)
{
    unsigned n = 0;
    *len = 0;
    for (size_t i = 0; i < count; i++) {
        size_t skip = done < parts[i].len ? done : parts[i].len;
        done -= skip;
        if (skip == parts[i].len)
            continue;
        union {
            const uint8_t *in;
            char *out;
        } at = {.in = parts[i].data + skip}; /* libuv only reads what it writes */
        bufs[n++] = uv_buf_init(at.out, (unsigned)(parts[i].len - skip));
        *len += parts[i].len - skip;
    }
    return n;
}

static ptrdiff_t pair_write(cleat_stream *base, const cleat_slice *parts, size_t count,
                            size_t *pending)
{
    uv_stream_pair *s = (uv_stream_pair *)base;
    uv_buf_t bufs[PARTS_MAX];
    size_t len;
    *pending = 0;
    if (count > PARTS_MAX)
        count = PARTS_MAX;
    unsigned n = rest(parts, count, 0, bufs, &len);
    int sent = uv_try_write(s->out, bufs, n);
    if (sent == UV_EAGAIN)
        sent = 0;
    if (sent < 0 || (size_t)sent == len)
        return sent;
    n = rest(parts, count, (size_t)sent, bufs, &len);
    s->request.data = s;
    int e = uv_write(&s->request, s->out, bufs, n, on_written);
    if (e)
        return e;
    s->pending = len;
    *pending = len;
    return sent;
}

static void on_shut(uv_shutdown_t *request, int status)
{
    (void)status; /* reading tells what became of the other end */
    free(request);
}

static void pair_end(cleat_stream *base)
{
    uv_stream_pair *s = (uv_stream_pair *)base;
    uv_shutdown_t *request = malloc(sizeof *request);
    if (!request || uv_shutdown(request, s->out, on_shut) != 0)
        free(request);
}

static void pair_close(cleat_stream *base)
{
    uv_stream_pair *s = (uv_stream_pair *)base;
    if (s->closed)
        return;
    s->closed = true;
    uv_read_stop(s->in);
    if (s->out != s->in)
        stream_free_handle((uv_handle_t *)s->out);
    stream_free_handle((uv_handle_t *)s->in);
    if (base->process) {
        /* Nothing, if it has ended by itself. Windows has no hang-up. */
        if (uv_process_kill(base->process, SIGHUP) == UV_ENOSYS)
            uv_process_kill(base->process, SIGTERM);
        stream_free_handle((uv_handle_t *)base->process);
    }
    pair_free(s);
}

static const stream_ops pair_ops = {
    .read = pair_read, .write = pair_write, .end = pair_end, .close = pair_close};

cleat_stream *stream_from_handles(uv_stream_t *in, uv_stream_t *out)
{
    uv_stream_pair *s = calloc(1, sizeof *s);
    if (!s) {
        if (out != in)
            stream_free_handle((uv_handle_t *)out);
        stream_free_handle((uv_handle_t *)in);
        return NULL;
    }
    s->base.ops = &pair_ops;
    s->in = in;
    s->out = out;
    in->data = s;
    out->data = s;
    return &s->base;
}

/* A socket of both families shows IPv4 peers as ::ffff:a.b.c.d. They are the same hosts, and rules
 * about a.b.c.d are meant for them. */
static void unmap(struct sockaddr_storage *address)
{
    const struct sockaddr_in6 v6 = *(const struct sockaddr_in6 *)(const void *)address;
    if (v6.sin6_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr))
        return;
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = v6.sin6_port};
    memcpy(&v4.sin_addr, v6.sin6_addr.s6_addr + 12, 4);
    memcpy(address, &v4, sizeof v4);
}

static void note(struct sockaddr_storage *from, char *text, size_t room, uint16_t *port)
{
    unmap(from);
    const struct sockaddr *plain = (const struct sockaddr *)from;
    if (uv_ip_name(plain, text, room) != 0)
        return;
    if (plain->sa_family == AF_INET)
        *port = ntohs(((const struct sockaddr_in *)(const void *)from)->sin_port);
    else
        *port = ntohs(((const struct sockaddr_in6 *)(const void *)from)->sin6_port);
}

void stream_note_ends(cleat_stream *s, const uv_tcp_t *tcp)
{
    struct sockaddr_storage address;
    int len = sizeof address;
    if (uv_tcp_getpeername(tcp, (struct sockaddr *)&address, &len) == 0)
        note(&address, s->ends.peer, sizeof s->ends.peer, &s->ends.peer_port);
    len = sizeof address;
    if (uv_tcp_getsockname(tcp, (struct sockaddr *)&address, &len) == 0)
        note(&address, s->ends.local, sizeof s->ends.local, &s->ends.local_port);
}

static uv_stream_t *open_tcp(uv_loop_t *loop, uv_file fd, int *e)
{
    uv_tcp_t *tcp = malloc(sizeof *tcp);
    if (!tcp)
        return NULL;
    *e = uv_tcp_init(loop, tcp);
    if (*e) {
        free(tcp);
        return NULL;
    }
    *e = uv_tcp_open(tcp, (uv_os_sock_t)uv_get_osfhandle(fd) == (uv_os_sock_t)-1
                              ? (uv_os_sock_t)fd
                              : (uv_os_sock_t)uv_get_osfhandle(fd));
    if (*e == 0)
        return (uv_stream_t *)tcp;
    stream_free_handle((uv_handle_t *)tcp);
    return NULL;
}

static uv_stream_t *open_pipe(uv_loop_t *loop, uv_file fd, int *e)
{
    uv_pipe_t *pipe = malloc(sizeof *pipe);
    if (!pipe)
        return NULL;
    *e = uv_pipe_init(loop, pipe, 0);
    if (*e) {
        free(pipe);
        return NULL;
    }
    *e = uv_pipe_open(pipe, fd);
    if (*e == 0)
        return (uv_stream_t *)pipe;
    stream_free_handle((uv_handle_t *)pipe);
    return NULL;
}

static uv_stream_t *open_tty(uv_loop_t *loop, uv_file fd, bool readable, int *e)
{
    uv_tty_t *tty = malloc(sizeof *tty);
    if (!tty)
        return NULL;
    *e = uv_tty_init(loop, tty, fd, readable);
    if (*e == 0)
        return (uv_stream_t *)tty;
    free(tty);
    return NULL;
}

uv_stream_t *stream_handle_for(uv_loop_t *loop, uv_file fd, bool readable, int *e)
{
    *e = UV_ENOMEM;
    switch (uv_guess_handle(fd)) {
    case UV_TCP:
        return open_tcp(loop, fd, e);
    case UV_TTY:
        return port_fd_is_pty_master(fd) ? open_pipe(loop, fd, e) : open_tty(loop, fd, readable, e);
    case UV_NAMED_PIPE:
        return open_pipe(loop, fd, e);
    default:
        *e = UV_EINVAL;
        return NULL;
    }
}

cleat_status cleat_stream_open_fds(cleat_stream **out, uv_loop_t *loop, uv_file in, uv_file out_fd,
                                   cleat_error *error)
{
    int e;
    *out = NULL;
    uv_stream_t *reader = stream_handle_for(loop, in, true, &e);
    uv_stream_t *writer = reader;
    if (reader && out_fd != in)
        writer = stream_handle_for(loop, out_fd, false, &e);
    if (!reader || !writer) {
        stream_free_handle((uv_handle_t *)reader);
        return loop_fail(error, CLEAT_E_IO, "cannot use descriptors %d and %d: %s", in, out_fd,
                         uv_strerror(e));
    }
    *out = stream_from_handles(reader, writer);
    if (!*out)
        return CLEAT_E_NOMEM;
    if (reader->type == UV_TCP)
        stream_note_ends(*out, (uv_tcp_t *)reader);
    return CLEAT_OK;
}

void cleat_stream_get_ends(const cleat_stream *s, cleat_stream_ends *ends)
{
    *ends = s->ends;
}

intptr_t cleat_stream_socket(const cleat_stream *s)
{
    uv_os_fd_t fd;
    if (s->ops != &pair_ops)
        return -1;
    const uv_stream_pair *pair = (const uv_stream_pair *)s;
    if (pair->in->type != UV_TCP || uv_fileno((const uv_handle_t *)pair->in, &fd) != 0)
        return -1;
    return (intptr_t)fd;
}

void cleat_stream_close(cleat_stream *s)
{
    if (s)
        s->ops->close(s);
}
