/* The process that reads the headers of load balancers. It can do nothing but that, and tell. */
#include "accepted.h"
#include "proxied.h"

#include <stdio.h>

static void log_to_listener(void *user, uint64_t about, cleat_log_level level, const char *text)
{
    const server *s = user;
    (void)about;
    MONITOR_SEND(s->listener, line, .level = (uint32_t)level, .text = cleat_slice_of(text));
}

/* A load balancer that only looks whether there is a server needs no line. */
static void tell_failure(const connection *c, const cleat_error *error)
{
    cleat_error line = {0};
    if (error->status != CLEAT_E_EOF)
        snprintf(line.text, sizeof line.text, "no connection through %s port %u: %.200s",
                 c->ends.peer, (unsigned)c->ends.peer_port, error->text);
    MONITOR_SEND(c->server->listener, origin, .connection = c->id,
                 .why = cleat_slice_of(line.text));
}

/* Of a socket that is broken already nobody can tell whose it was; the listener has. */
static void tell_origin(const connection *c, const cleat_stream_ends *read)
{
    const cleat_stream_ends *ends = read->peer[0] ? read : &c->ends;
    MONITOR_SEND(c->server->listener, origin, .connection = c->id, .good = true,
                 .peer = cleat_slice_of(ends->peer), .peer_port = ends->peer_port,
                 .local = cleat_slice_of(ends->local), .local_port = ends->local_port);
}

static void on_header(void *user, cleat_stream *stream, const cleat_error *error)
{
    connection *c = user;
    cleat_stream_ends ends;
    if (stream) {
        cleat_stream_get_ends(stream, &ends);
        tell_origin(c, &ends);
        cleat_stream_close(stream);
    } else {
        tell_failure(c, error);
    }
    connection_free(c);
}

static void read_header(connection *c, int socket)
{
    cleat_error error = {0};
    cleat_stream *stream;
    cleat_proxy_header_reading *reading;
    server *s = c->server;
    cleat_status st = cleat_stream_open_fds(&stream, s->loop, socket, socket, &error);
    if (st == CLEAT_OK)
        st = cleat_proxy_header_read(&reading, s->loop, stream, PROXIED_MS, on_header, c);
    if (st == CLEAT_OK)
        return;
    tell_failure(c, &error);
    connection_free(c);
}

static bool on_message(void *user, cleat_slice bytes, port_attached *attached)
{
    connection *c = accepted_read(user, bytes);
    if (!c)
        return false;
    if (attached->count == 1) {
        attached->count = 0;
        read_header(c, attached->fds[0]);
    } else {
        tell_failure(c, &accepted_without_room);
        connection_free(c);
    }
    return true;
}

static void on_listener_end(void *user, const cleat_error *why)
{
    (void)user, (void)why;
    port_part_exit(0);
}

_Noreturn void proxied_main(server *s, int listener)
{
    const monitor_link_owner owner = {s, on_message, on_listener_end, NULL};
    const part_role role = {"cleatd-proxy", "reader of PROXY headers", &owner, log_to_listener};
    part_serve(s, listener, &role);
}
