/* One client: its events, from the first byte to the last log line. */
#include "admission.h"
#include "arrival.h"
#include "forward.h"
#include "idle.h"
#include "monitor.h"
#include "peer_name.h"
#include "proxied.h"
#include "session.h"
#include "text.h"
#include "traffic.h"
#include "unused.h"

#include <stdlib.h>

enum { FAIL_MS = 50, PASSWORD_FAIL_MS = 500 };

static void answer(const connection *c, cleat_status st)
{
    if (st != CLEAT_OK)
        log_about(c, CLEAT_LOG_DEBUG1, "[%llu] %s", (unsigned long long)c->id,
                  cleat_status_text(st));
}

/* ---- the end ---- */

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
    s->tally.failures += !c->authenticated;
}

void connection_free(connection *c)
{
    server *s = c->server;
    unlink_connection(c);
    if (c->stream)
        cleat_stream_close(c->stream);
    for (size_t i = 0; i < c->grant_count; i++) {
        cleat_key_options_free(&c->grants[i].options);
        cleat_key_unref(c->grants[i].key);
    }
    rules_unref(c->rules);
    setup_unref(c->setup);
    free(c->host);
    free(c->user);
    free(c->client);
    free(c->end_text);
    traffic_free(c->traffic);
    free(c);
    if (s->arguments->one_only || (s->draining && s->count == 0))
        server_drain(s);
}

/* "user me ", "authenticating user me ", "invalid user me ", or nothing. */
static char *who(const connection *c)
{
    const char *kind = c->authenticated ? "user "
                       : c->known       ? "authenticating user "
                                        : "invalid user ";
    return c->user ? text_format("%s%s ", kind, c->user) : text_format("%s", "");
}

static void log_how(const connection *c, const cleat_error *why, const char *name)
{
    const char *peer = c->ends.peer;
    const char *before = c->authenticated ? "" : " [preauth]";
    unsigned port = c->ends.peer_port;
    switch (why->status) {
    case CLEAT_E_DISCONNECTED:
        log_about(c, CLEAT_LOG_INFO, "Received disconnect from %s port %u:%u: %s%s", peer, port,
                  (unsigned)c->end_reason, c->end_text ? c->end_text : "", before);
        log_about(c, CLEAT_LOG_INFO, "Disconnected from %s%s port %u%s", name, peer, port, before);
        break;
    case CLEAT_OK:
        log_about(c, CLEAT_LOG_INFO, "Disconnected from %s%s port %u%s", name, peer, port, before);
        break;
    case CLEAT_E_EOF:
        log_about(c, CLEAT_LOG_INFO, "Connection closed by %s%s port %u%s", name, peer, port,
                  before);
        break;
    case CLEAT_E_TOO_MANY_TRIES:
        log_about(c, CLEAT_LOG_ERROR,
                  "error: maximum authentication attempts exceeded for %s%s from %s port %u ssh2%s",
                  c->known ? "" : "invalid user ", c->user ? c->user : "", peer, port, before);
        log_about(c, CLEAT_LOG_INFO, "Disconnecting %s%s port %u: %s%s", name, peer, port,
                  why->text, before);
        break;
    case CLEAT_E_NO_COMMON_ALG:
        log_about(c, CLEAT_LOG_INFO, "Unable to negotiate with %s port %u: %s%s", peer, port,
                  why->text, before);
        break;
    default:
        if (why->status == CLEAT_E_TIMEOUT && !c->authenticated)
            log_about(c, CLEAT_LOG_INFO, "Timeout before authentication for %s port %u", peer,
                      port);
        else
            log_about(c, CLEAT_LOG_INFO, "Connection from %s%s port %u: %s%s", name, peer, port,
                      why->text, before);
        break;
    }
}

static void log_end(const connection *c, const cleat_error *why)
{
    char *name = who(c);
    log_how(c, why, name ? name : "");
    free(name);
}

static void on_end(void *user, cleat_uv *u, const cleat_error *why)
{
    connection *c = user;
    (void)u;
    log_end(c, why);
    auth_stop(c);
    forward_stop(c);
    listen_stop(c);
    unused_stop(c);
    idle_forget(c, NULL);
    c->arbiter->ended(c, why->status);
    connection_free(c);
}

/* ---- events ---- */

static void open_channel(connection *c, const cleat_event *ev)
{
    cleat_slice type = cleat_slice_of(ev->u.open.type);
    bool is_session = cleat_slice_equal(type, cleat_slice_of("session"));
    if (is_session && rules_number(c->rules, "MaxSessions") == 0)
        answer(c, cleat_answer_channel_refuse(cleat_uv_conn(c->uv), ev->query,
                                              CLEAT_OPEN_PROHIBITED, "no sessions here"));
    else if (is_session)
        session_open(c, ev);
    else if (cleat_slice_equal(type, cleat_slice_of("direct-tcpip")) ||
             cleat_slice_equal(type, cleat_slice_of("direct-streamlocal@openssh.com")))
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
    case CLEAT_EV_VERSION:
        c->client = text_format("%s", cleat_conn_peer_version(cleat_uv_conn(u)));
        break;
    case CLEAT_EV_SIGN:
        c->arbiter->sign(c, ev);
        break;
    case CLEAT_EV_DH_GROUP:
        c->arbiter->choose_group(c, ev);
        break;
    case CLEAT_EV_AUTH_REQUEST:
        c->arbiter->decide(c, ev);
        break;
    case CLEAT_EV_AUTH_SUCCESS:
        c->authenticated = true;
        c->server->unauthenticated--;
        c->server->tally.logins++;
        unused_watch(c);
        break;
    case CLEAT_EV_CHANNEL_OPEN:
        open_channel(c, ev);
        break;
    case CLEAT_EV_GLOBAL_REQUEST:
        if (!listen_request(c, ev) && ev->query)
            answer(c, cleat_answer_reject(cleat_uv_conn(u), ev->query));
        break;
    case CLEAT_EV_CLOSED:
        c->end_reason = ev->u.closed.reason;
        c->end_text = text_format("%s", ev->text);
        break;
    default:
        if (ev->type == CLEAT_EV_CHANNEL_CLOSED) {
            idle_forget(c, ev->channel);
            unused_watch(c);
        }
        if (owner)
            owner->on_event(owner, ev);
        else if (ev->query)
            answer(c, cleat_answer_reject(cleat_uv_conn(u), ev->query));
        break;
    }
}

/* ---- the start ---- */

static uint32_t unless_zero(int64_t value, uint32_t instead)
{
    return value ? (uint32_t)value : instead;
}

cleat_conn_options connection_options(const connection *c)
{
    const rules *r = c->rules;
    const setup *s = c->setup;
    return (cleat_conn_options){
        .struct_size = sizeof(cleat_conn_options),
        .policy = r->policy,
        .software_version = s->version,
        .rekey_bytes = (uint64_t)rules_number(r, "RekeyLimit"),
        .rekey_seconds = rules_rekey_seconds(r),
        .handshake_ms = (uint32_t)rules_number(r, "LoginGraceTime") * 1000,
        .keepalive_ms = (uint32_t)rules_number(r, "ClientAliveInterval") * 1000,
        .keepalive_count = unless_zero(rules_number(r, "ClientAliveCountMax"), UINT32_MAX),
        .log_id = c->id,
        .log_level = log_engine_level(r),
        .host_keys = s->host_keys,
        .host_key_count = s->host_key_count,
        .host_certs = s->host_certs,
        .host_chains = s->host_chains,
        .host_chain_count = s->host_chain_count,
        .host_cert_count = s->host_cert_count,
        .auth_tries_max = (uint32_t)rules_number(r, "MaxAuthTries"),
        .auth_fail_ms = FAIL_MS,
        .auth_password_fail_ms = PASSWORD_FAIL_MS,
        .announce_host_keys = true,
        .sessions_max = unless_zero(rules_number(r, "MaxSessions"), 1),
    };
}

void connection_mark(connection *c, bool interactive)
{
    const cleat_config *config = c->rules->config;
    size_t count = cleat_config_count(config, "IPQoS");
    intptr_t socket = cleat_stream_socket(cleat_uv_stream(c->uv));
    cleat_error error = {0};
    int tos;
    if (c->marked && (c->interactive || !interactive))
        return;
    c->marked = true;
    c->interactive = interactive;
    const char *word = cleat_config_item(config, "IPQoS", !interactive && count > 1);
    if (socket < 0 || !cleat_config_service_class(word, &tos) || tos < 0)
        return;
    if (port_socket_tos(socket, tos, &error) != CLEAT_OK)
        log_about(c, CLEAT_LOG_DEBUG1, "%s", error.text);
}

bool connection_attach(connection *c)
{
    cleat_conn *conn = NULL;
    const cleat_conn_options options = connection_options(c);
    const cleat_uv_callbacks callbacks = {sizeof callbacks, c, on_event, on_end};
    uv_loop_t *loop = c->server->loop;
    cleat_stream *stream = c->stream;
    cleat_status st = cleat_conn_new(&conn, c->server->ctx, CLEAT_SERVER, &options, uv_now(loop));
    if (st == CLEAT_OK) {
        c->stream = NULL;
        st = cleat_uv_attach(&c->uv, loop, conn, stream, &callbacks);
    }
    if (st != CLEAT_OK) {
        log_about(c, CLEAT_LOG_ERROR, "no connection for %s port %u: %s", c->ends.peer,
                  (unsigned)c->ends.peer_port, cleat_status_text(st));
        connection_free(c);
    }
    return st == CLEAT_OK;
}

static void on_name(void *user, const char *name)
{
    connection *c = user;
    if (c->server->closing) {
        connection_free(c);
        return;
    }
    char *host = name ? text_format("%s", name) : NULL;
    c->naming = NULL;
    if (host) {
        free(c->host);
        c->host = host;
    }
    connection_attach(c);
}

connection *connection_new(server *s, cleat_stream *stream, const cleat_stream_ends *ends)
{
    connection *c = calloc(1, sizeof *c);
    char *host = text_format("%s", ends->peer);
    if (!c || !host) {
        free(c);
        free(host);
        return NULL;
    }
    c->server = s;
    c->setup = setup_ref(s->setup);
    c->rules = rules_ref(s->setup->rules);
    c->id = ++s->last_id;
    c->began = uv_hrtime();
    c->ends = *ends;
    c->stream = stream;
    c->terminals = -1;
    c->gate = &gate_here;
    c->arbiter = &arbiter_here;
    c->runner = &runner_here;
    c->account = &s->account;
    c->host = host;
    c->next = s->first;
    if (s->first)
        s->first->previous = c;
    s->first = c;
    s->count++;
    s->unauthenticated++;
    return c;
}

void connection_start(server *s, cleat_stream *stream)
{
    cleat_stream_ends ends;
    cleat_stream_get_ends(stream, &ends);
    if (proxied_is_from(s, ends.peer))
        proxied_take(s, stream);
    else
        connection_begin(s, stream, &ends);
}

void connection_begin(server *s, cleat_stream *stream, const cleat_stream_ends *ends)
{
    connection *c = admission_allows(s, ends) ? connection_new(s, stream, ends) : NULL;
    if (!c) {
        s->tally.turned_away++;
        cleat_stream_close(stream);
        return;
    }
    s->tally.connections++;
    log_about(c, CLEAT_LOG_VERBOSE, "Connection from %s port %u on %s port %u", ends->peer,
              (unsigned)ends->peer_port, ends->local, (unsigned)ends->local_port);
    if (s->arguments->system) {
        monitor_start(c);
        return;
    }
    bool asks = rules_flag(c->rules, "UseDNS") &&
                peer_name_start(&c->naming, s->loop, ends->peer, on_name, c) == CLEAT_OK;
    if (!asks)
        connection_attach(c);
}
