/* Listening on one address and port. */
#include "stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BACKLOG = 128, KEEPALIVE_S = 60 };

struct cleat_listener {
    uv_tcp_t tcp;
    uv_loop_t *loop;
    cleat_accept_cb on_accept;
    void *user;
    char address[64];
    uint16_t port;
    bool given; /* the address, by whoever made it */
    bool keepalive;
};

static void on_connection(uv_stream_t *server, int status)
{
    cleat_listener *l = server->data;
    uv_tcp_t *client = status == 0 ? malloc(sizeof *client) : NULL;
    if (!client)
        return;
    if (uv_tcp_init(l->loop, client) != 0) {
        free(client);
        return;
    }
    if (uv_accept(server, (uv_stream_t *)client) != 0) {
        stream_free_handle((uv_handle_t *)client);
        return;
    }
    uv_tcp_nodelay(client, 1);
    if (l->keepalive)
        uv_tcp_keepalive(client, 1, KEEPALIVE_S);
    cleat_stream *s = stream_from_handles((uv_stream_t *)client, (uv_stream_t *)client);
    if (!s)
        return;
    stream_note_ends(s, client);
    l->on_accept(l->user, l, s);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

intptr_t cleat_listener_socket(const cleat_listener *l)
{
    uv_os_fd_t fd;
    return uv_fileno((const uv_handle_t *)&l->tcp, &fd) == 0 ? (intptr_t)fd : -1;
}

void cleat_listener_close(cleat_listener *l)
{
    if (l && !uv_is_closing((uv_handle_t *)&l->tcp))
        uv_close((uv_handle_t *)&l->tcp, on_closed);
}

static int parse(const char *address, uint16_t port, struct sockaddr_storage *out)
{
    const char *text = *address ? address : "::";
    union {
        struct sockaddr_storage *any;
        struct sockaddr_in *v4;
        struct sockaddr_in6 *v6;
    } at = {.any = out};
    if (uv_ip4_addr(text, port, at.v4) == 0)
        return 0;
    return uv_ip6_addr(text, port, at.v6);
}

static int note_place(cleat_listener *l)
{
    struct sockaddr_storage bound = {0};
    int len = sizeof bound;
    const struct sockaddr_in *v4 = (const void *)&bound;
    const struct sockaddr_in6 *v6 = (const void *)&bound;
    int e = uv_tcp_getsockname(&l->tcp, (struct sockaddr *)&bound, &len);
    if (e)
        return e;
    if (bound.ss_family != AF_INET && bound.ss_family != AF_INET6)
        return UV_ENOTSUP;
    l->port = ntohs(bound.ss_family == AF_INET ? v4->sin_port : v6->sin6_port);
    if (!l->given)
        return uv_ip_name((const struct sockaddr *)&bound, l->address, sizeof l->address);
    return 0;
}

static cleat_listener *begin(uv_loop_t *loop, cleat_accept_cb on_accept, void *user)
{
    cleat_listener *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    l->loop = loop;
    l->on_accept = on_accept;
    l->user = user;
    l->keepalive = true;
    uv_tcp_init(loop, &l->tcp);
    l->tcp.data = l;
    return l;
}

static int listen_now(cleat_listener *l)
{
    int e = uv_listen((uv_stream_t *)&l->tcp, BACKLOG, on_connection);
    return e ? e : note_place(l);
}

cleat_status cleat_listener_new(cleat_listener **out, uv_loop_t *loop, const char *address,
                                uint16_t port, cleat_accept_cb on_accept, void *user,
                                cleat_error *error)
{
    struct sockaddr_storage where = {0};
    cleat_listener *l = begin(loop, on_accept, user);
    *out = NULL;
    if (!l)
        return loop_fail(error, CLEAT_E_NOMEM, "out of memory");
    l->given = true;
    snprintf(l->address, sizeof l->address, "%s", address);
    int e = parse(address, port, &where);
    unsigned flags = where.ss_family == AF_INET6 && *address ? UV_TCP_IPV6ONLY : 0;
    if (!e)
        e = uv_tcp_bind(&l->tcp, (const struct sockaddr *)&where, flags);
    if (!e)
        e = listen_now(l);
    if (e) {
        cleat_listener_close(l);
        loop_fail(error, CLEAT_E_IO, "Bind to port %u on %s failed: %s.", (unsigned)port,
                  *address ? address : "*", uv_strerror(e));
        if (error)
            error->os_error = -e;
        return CLEAT_E_IO;
    }
    *out = l;
    return CLEAT_OK;
}

cleat_status cleat_listener_open(cleat_listener **out, uv_loop_t *loop, uv_os_sock_t socket,
                                 cleat_accept_cb on_accept, void *user, cleat_error *error)
{
    cleat_listener *l = begin(loop, on_accept, user);
    *out = NULL;
    if (!l)
        return loop_fail(error, CLEAT_E_NOMEM, "out of memory");
    int e = uv_tcp_open(&l->tcp, socket);
    if (!e)
        e = listen_now(l);
    if (e) {
        cleat_listener_close(l);
        return loop_fail(error, CLEAT_E_IO, "cannot listen on the socket %lld: %s",
                         (long long)socket, uv_strerror(e));
    }
    *out = l;
    return CLEAT_OK;
}

uint16_t cleat_listener_port(const cleat_listener *l)
{
    return l->port;
}

const char *cleat_listener_address(const cleat_listener *l)
{
    return l->address;
}

void cleat_listener_set_keepalive(cleat_listener *l, bool on)
{
    l->keepalive = on;
}
