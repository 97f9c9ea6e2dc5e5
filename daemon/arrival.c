/* Connections that have arrived for a client: the channel's side. */
#include "arrival.h"

#include "idle.h"
#include "session.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { LISTEN_MAX = 64 };

/* ---- one that has arrived ---- */

typedef struct arrival {
    channel_owner owner; /* first: the channel's user points here */
    connection *c;
    cleat_channel *channel;
    cleat_stream *stream; /* until the client has taken the channel */
    cleat_join *join;
    const char *kind; /* for ChannelTimeout */
} arrival;

static void drop(arrival *a)
{
    if (a->stream)
        cleat_stream_close(a->stream);
    cleat_channel_free(a->channel);
    free(a);
}

static void join(arrival *a)
{
    cleat_stream *stream = a->stream;
    cleat_channel *channel = a->channel;
    connection *c = a->c;
    a->stream = NULL;
    a->channel = NULL;
    if (cleat_join_new(&a->join, c->uv, channel, stream) == CLEAT_OK)
        idle_watch(c, channel, a->kind);
    else
        drop(a);
}

static void on_event(channel_owner *owner, const cleat_event *ev)
{
    arrival *a = (arrival *)owner;
    if (a->join) {
        if (cleat_join_event(a->join, ev))
            free(a);
    } else if (ev->type == CLEAT_EV_CHANNEL_OPENED) {
        join(a);
    } else if (ev->type == CLEAT_EV_CHANNEL_FAILED || ev->type == CLEAT_EV_CHANNEL_CLOSED) {
        drop(a);
    }
}

static arrival *new_arrival(connection *c, cleat_stream *stream, const char *kind)
{
    arrival *a = calloc(1, sizeof *a);
    if (!a) {
        cleat_stream_close(stream);
        return NULL;
    }
    a->owner.on_event = on_event;
    a->c = c;
    a->stream = stream;
    a->kind = kind;
    return a;
}

static void opened(arrival *a, cleat_status st)
{
    connection *c = a->c;
    if (st == CLEAT_OK) {
        cleat_channel_set_user(a->channel, a);
    } else {
        log_about(c, CLEAT_LOG_INFO, "no channel for %s: %s", a->kind, cleat_status_text(st));
        drop(a);
    }
    cleat_uv_kick(c->uv);
}

void listen_arrived(const remote_port *l, cleat_stream *stream, const char *origin,
                    uint16_t origin_port)
{
    cleat_conn *conn = cleat_uv_conn(l->c->uv);
    arrival *a = new_arrival(l->c, stream,
                             l->path ? "forwarded-streamlocal@openssh.com" : "forwarded-tcpip");
    if (!a)
        return;
    if (l->path)
        opened(a, cleat_channel_open_forwarded_socket(&a->channel, conn, l->path));
    else
        opened(a, cleat_channel_open_forwarded(&a->channel, conn, l->host, l->port, origin,
                                               origin_port));
}

void agent_arrived(connection *c, cleat_stream *stream)
{
    arrival *a = new_arrival(c, stream, "agent-connection");
    if (a)
        opened(a, cleat_channel_open(&a->channel, cleat_uv_conn(c->uv), "auth-agent@openssh.com",
                                     (cleat_slice){0}));
}

void x11_arrived(connection *c, cleat_stream *stream, const char *origin, uint16_t origin_port)
{
    arrival *a = new_arrival(c, stream, "x11-connection");
    if (a)
        opened(a, cleat_channel_open_x11(&a->channel, cleat_uv_conn(c->uv), origin, origin_port));
}

/* ---- where it is listened ---- */

static void note(const connection *c, cleat_status st)
{
    if (st != CLEAT_OK)
        log_about(c, CLEAT_LOG_DEBUG1, "forwarding: %s", cleat_status_text(st));
}

static void reject(const connection *c, uint64_t query)
{
    if (query)
        note(c, cleat_answer_reject(cleat_uv_conn(c->uv), query));
}

static void free_listen(remote_port *l)
{
    free(l->path);
    free(l->host);
    free(l);
}

static void take_out(remote_port *l)
{
    remote_port **at = &l->c->remote_ports;
    while (*at != l)
        at = &(*at)->next;
    *at = l->next;
}

void listen_answered(remote_port *l, bool done, uint16_t port)
{
    connection *c = l->c;
    uint64_t query = l->query;
    l->query = 0;
    if (done) {
        l->port = port;
        if (query)
            note(c, cleat_answer_forward(cleat_uv_conn(c->uv), query, l->any ? port : 0));
    } else {
        take_out(l);
        free_listen(l);
        reject(c, query);
    }
    cleat_uv_kick(c->uv);
}

static size_t count(const connection *c)
{
    size_t n = 0;
    for (const remote_port *l = c->remote_ports; l; l = l->next)
        n++;
    return n;
}

static void begin(connection *c, const cleat_event *ev)
{
    const char *path = ev->u.global.path;
    remote_port *l = count(c) < LISTEN_MAX ? calloc(1, sizeof *l) : NULL;
    char *where = l ? text_format("%s", path ? path : ev->u.global.host) : NULL;
    if (!where) {
        free(l);
        reject(c, ev->query);
        return;
    }
    *l = (remote_port){.next = c->remote_ports,
                       .c = c,
                       .query = ev->query,
                       .path = path ? where : NULL,
                       .host = path ? NULL : where,
                       .port = ev->u.global.port,
                       .any = !path && ev->u.global.port == 0};
    c->remote_ports = l;
    c->runner->await(l);
}

static bool is_meant(const remote_port *l, const cleat_event *ev)
{
    const char *path = ev->u.global.path;
    if (l->query || !path != !l->path)
        return false;
    return path ? strcmp(l->path, path) == 0
                : l->port == ev->u.global.port && strcmp(l->host, ev->u.global.host) == 0;
}

static void end(connection *c, const cleat_event *ev)
{
    remote_port *l = c->remote_ports;
    while (l && !is_meant(l, ev))
        l = l->next;
    if (!l) {
        reject(c, ev->query);
        return;
    }
    c->runner->forget(l);
    take_out(l);
    free_listen(l);
    if (ev->query)
        note(c, cleat_answer_forward(cleat_uv_conn(c->uv), ev->query, 0));
}

bool listen_request(connection *c, const cleat_event *ev)
{
    const char *name = ev->u.global.name;
    if (!ev->u.global.host && !ev->u.global.path)
        return false;
    if (strncmp(name, "cancel-", 7) == 0)
        end(c, ev);
    else
        begin(c, ev);
    return true;
}

void listen_stop(connection *c)
{
    while (c->remote_ports) {
        remote_port *l = c->remote_ports;
        c->remote_ports = l->next;
        c->runner->forget(l);
        free_listen(l);
    }
}
