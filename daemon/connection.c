/* One client: its events, from the first byte to the last log line. */
#include "forward.h"
#include "server.h"

#include <stdlib.h>

static void unlink_connection(connection *c)
{
    server *s = c->server;
    if (c->previous)
        c->previous->next = c->next;
    else
        s->first = c->next;
    if (c->next)
        c->next->previous = c->previous;
    s->count--;
    s->unauthenticated -= !c->authenticated;
}

static void on_end(void *user, cleat_uv *u, const cleat_error *why)
{
    connection *c = user;
    server *s = c->server;
    (void)u;
    log_line(CLEAT_LOG_INFO, "Connection closed: %s port %u%s%s", c->ends.peer,
             (unsigned)c->ends.peer_port, why->status == CLEAT_OK ? "" : ": ",
             why->status == CLEAT_OK ? "" : why->text);
    forward_stop(c);
    unlink_connection(c);
    cleat_key_options_free(&c->options);
    cleat_key_unref(c->key);
    free(c);
    if (s->one_only || (s->draining && s->count == 0))
        server_drain(s);
}

static void answer(connection *c, cleat_status st)
{
    if (st != CLEAT_OK)
        log_line(CLEAT_LOG_DEBUG1, "[%llu] %s", (unsigned long long)c->id, cleat_status_text(st));
}

static void sign(connection *c, const cleat_event *ev)
{
    server *s = c->server;
    cleat_conn *conn = cleat_uv_conn(c->uv);
    cleat_bytes signature = {0};
    for (size_t i = 0; i < s->host_key_count; i++) {
        if (!cleat_slice_equal(cleat_key_blob(s->host_keys[i]), ev->u.sign.key_blob))
            continue;
        if (cleat_key_sign(s->host_keys[i], ev->u.sign.algorithm, ev->u.sign.message, &signature,
                           NULL) == CLEAT_OK)
            break;
    }
    answer(c,
           cleat_answer_signature(conn, ev->query, (cleat_slice){signature.data, signature.len}));
    cleat_bytes_free(&signature);
}

static void open_channel(connection *c, const cleat_event *ev)
{
    cleat_slice type = cleat_slice_of(ev->u.open.type);
    if (cleat_slice_equal(type, cleat_slice_of("session")))
        session_open(c, ev);
    else if (cleat_slice_equal(type, cleat_slice_of("direct-tcpip")))
        forward_open(c, ev);
    else
        answer(c, cleat_answer_channel_refuse(cleat_uv_conn(c->uv), ev->query,
                                              CLEAT_OPEN_UNKNOWN_TYPE, "unknown channel type"));
}

static void on_event(void *user, cleat_uv *u, const cleat_event *ev)
{
    connection *c = user;
    channel_owner *owner = ev->channel ? cleat_channel_user(ev->channel) : NULL;
    switch (ev->type) {
    case CLEAT_EV_SIGN:
        sign(c, ev);
        break;
    case CLEAT_EV_AUTH_REQUEST:
        auth_decide(c, ev);
        break;
    case CLEAT_EV_AUTH_SUCCESS:
        c->authenticated = true;
        c->server->unauthenticated--;
        break;
    case CLEAT_EV_CHANNEL_OPEN:
        open_channel(c, ev);
        break;
    default:
        if (owner)
            owner->on_event(owner, ev);
        else if (ev->query)
            answer(c, cleat_answer_reject(cleat_uv_conn(u), ev->query));
        break;
    }
}

static cleat_conn_options options_of(const server *s, uint64_t id)
{
    const settings *set = &s->settings;
    return (cleat_conn_options){
        .struct_size = sizeof(cleat_conn_options),
        .policy = s->policy,
        .software_version = s->version,
        .rekey_bytes = set->rekey_bytes,
        .rekey_seconds = set->rekey_seconds,
        .handshake_ms = set->login_grace * 1000,
        .keepalive_ms = set->alive_interval * 1000,
        .keepalive_count = set->alive_count,
        .log_id = id,
        .log_level = log_get_level(),
        .host_keys = s->host_keys,
        .host_key_count = s->host_key_count,
        .auth_tries_max = set->auth_tries,
        .auth_fail_ms = 50,
        .banner = s->banner,
        .announce_host_keys = true,
        .sessions_max = set->sessions,
    };
}

void connection_start(server *s, cleat_stream *stream)
{
    cleat_conn *conn = NULL;
    connection *c = calloc(1, sizeof *c);
    bool full = s->settings.startups && s->unauthenticated >= s->settings.startups;
    if (!c || full) {
        if (full)
            log_line(CLEAT_LOG_INFO, "drop connection: %u wait for their login already",
                     s->unauthenticated);
        cleat_stream_close(stream);
        free(c);
        return;
    }
    c->server = s;
    c->id = ++s->last_id;
    cleat_stream_get_ends(stream, &c->ends);
    const cleat_conn_options options = options_of(s, c->id);
    if (cleat_conn_new(&conn, s->ctx, CLEAT_SERVER, &options, uv_now(s->loop)) != CLEAT_OK) {
        cleat_stream_close(stream);
        free(c);
        return;
    }
    c->next = s->first;
    if (s->first)
        s->first->previous = c;
    s->first = c;
    s->count++;
    s->unauthenticated++;
    const cleat_uv_callbacks callbacks = {sizeof callbacks, c, on_event, on_end};
    if (cleat_uv_attach(&c->uv, s->loop, conn, stream, &callbacks) != CLEAT_OK) {
        unlink_connection(c);
        free(c);
        return;
    }
    log_line(CLEAT_LOG_VERBOSE, "Connection from %s port %u on %s port %u", c->ends.peer,
             (unsigned)c->ends.peer_port, c->ends.local, (unsigned)c->ends.local_port);
}
