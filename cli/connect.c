/* The connections. Each hop's stream is a socket, a proxy command, or a channel of the hop before
 * it; what happens on it is the same. */
#include "connect.h"

#include "answers.h"
#include "config_files.h"
#include "hop.h"
#include "hostkey.h"
#include "identity.h"
#include "known.h"
#include "login.h"
#include "prompt.h"
#include "say.h"
#include "session.h"
#include "sign.h"
#include "terminal.h"
#include "text.h"
#include "trace.h"

#include <stdlib.h>
#include <string.h>

ssh_hop *ssh_last_hop(const ssh_run *r)
{
    return r->hops[r->hop_count - 1];
}

void ssh_give_up(ssh_hop *h, const char *text)
{
    if (!h->said_goodbye)
        say(CLEAT_LOG_ERROR, "%s", text);
    h->said_goodbye = true;
    if (h->uv)
        cleat_conn_disconnect(cleat_uv_conn(h->uv), 11, "disconnected by user");
}

static size_t place_of(const ssh_hop *h)
{
    size_t i = 0;
    while (h->run->hops[i] != h)
        i++;
    return i;
}

static ssh_hop *next_of(const ssh_hop *h)
{
    size_t i = place_of(h) + 1;
    return i < h->run->hop_count ? h->run->hops[i] : NULL;
}

static ssh_hop *previous_of(const ssh_hop *h)
{
    size_t i = place_of(h);
    return i ? h->run->hops[i - 1] : NULL;
}

/* The way ends at h: neither it nor the hops behind it, which have their keys gathered by now, need
 * their agents any more. */
static void drop_agents_from(const ssh_hop *h)
{
    for (size_t i = place_of(h); i < h->run->hop_count; i++)
        hop_drop_agent(h->run->hops[i]);
}

/* ---- time ---- */

static void stop_clock(ssh_hop *h)
{
    if (h->has_timer)
        uv_timer_stop(&h->limit);
}

static void on_late(uv_timer_t *timer)
{
    ssh_hop *h = timer->data;
    char *text = text_format("ssh: connect to host %s port %u: Connection timed out", h->target,
                             (unsigned)h->port);
    stop_clock(h);
    ssh_give_up(h, text ? text : "timed out");
    free(text);
    if (h->dial)
        cleat_dial_cancel(h->dial);
    h->dial = NULL;
    ssh_hop *before = previous_of(h);
    if (h->uv)
        cleat_uv_close(h->uv);
    else if (before && before->uv)
        cleat_uv_close(before->uv);
}

static void start_clock(ssh_hop *h, uint64_t ms, uv_timer_cb then)
{
    if (!ms)
        return;
    if (!h->has_timer)
        uv_timer_init(h->run->loop, &h->limit);
    h->limit.data = h;
    h->has_timer = true;
    uv_timer_start(&h->limit, then, ms, 0);
}

/* ---- the login ---- */

/* ---- a hop that is ready ---- */

static void through(ssh_hop *h)
{
    ssh_hop *next = next_of(h);
    const cleat_stream_ends *e = &h->ends;
    say(CLEAT_LOG_DEBUG1, "Connecting to %s port %u through %s.", next->target,
        (unsigned)next->port, h->target);
    start_clock(next, (uint64_t)hop_number(next, "ConnectTimeout") * 1000, on_late);
    if (cleat_channel_open_tcp(&h->way, cleat_uv_conn(h->uv), next->target, next->port,
                               *e->local ? e->local : "127.0.0.1", e->local_port) != CLEAT_OK)
        ssh_give_up(h, "ssh: no channel to the next host could be opened");
}

/* A connection is for one session: whoever takes this side over later gets no further one. */
static void begin_session(ssh_hop *h)
{
    cleat_conn *conn = cleat_uv_conn(h->uv);
    const char *peer = cleat_conn_peer_version(conn);
    bool waiting = !h->run->args.forward_to && strcmp(config_session_type(h), "none") != 0;
    signals_watch(h->run);
    session_start(h->run);
    if (waiting && peer && (strstr(peer, "OpenSSH_") || strstr(peer, "Cleat_")))
        say_if_failed(cleat_conn_global_request(conn, "no-more-sessions@openssh.com", false,
                                                (cleat_slice){0}, 0),
                      "no-more-sessions");
}

static void logged_in(ssh_hop *h, const cleat_event *ev)
{
    h->logged_in = true;
    say(CLEAT_LOG_VERBOSE, "Authenticated to %s ([%s]:%u) using \"%s\".", h->target, h->ends.peer,
        (unsigned)h->port, ev->u.auth_done.method);
    if (next_of(h))
        through(h);
    else if (h->run->use)
        h->run->use->ready(h->run);
    else
        begin_session(h);
}

static void new_keys(ssh_hop *h)
{
    const cleat_conn_algorithms with = cleat_conn_negotiated(cleat_uv_conn(h->uv));
    stop_clock(h);
    if (hop_number(h, "WarnWeakCrypto") != 1 || cleat_alg_is_post_quantum(with.kex))
        return;
    say(CLEAT_LOG_INFO, "Warning: the key exchange with %s (%s) does not resist quantum computers;",
        h->target, with.kex);
    say(CLEAT_LOG_INFO, "a session recorded today may be read later. WarnWeakCrypto no silences "
                        "this.");
}

static void attach(ssh_hop *h, cleat_stream *stream);

/* Events of the channel that leads to the next hop. */
static bool way_event(ssh_hop *h, const cleat_event *ev)
{
    ssh_hop *next = next_of(h);
    if (!ev->channel || ev->channel != h->way)
        return false;
    if (h->way_stream)
        return cleat_stream_channel_event(h->way_stream, ev);
    if (ev->type == CLEAT_EV_CHANNEL_OPENED &&
        cleat_stream_open_channel(&h->way_stream, h->run->loop, h->way) == CLEAT_OK) {
        attach(next, h->way_stream);
    } else if (ev->type == CLEAT_EV_CHANNEL_FAILED) {
        char *reason = session_open_failure(ev);
        char *text = text_format("ssh: connect to host %s port %u through %s: %s", next->target,
                                 (unsigned)next->port, h->target, reason ? reason : "");
        ssh_give_up(h, text ? text : "ssh: the next host could not be reached");
        free(text);
        free(reason);
    }
    return true;
}

static void other_event(ssh_hop *h, const cleat_event *ev, bool mine)
{
    if (way_event(h, ev))
        return;
    if (ev->channel && h->run->use)
        h->run->use->event(h->run, ev);
    else if (ev->channel)
        session_event(h->run, ev);
    else if (ev->query && !mine)
        say_if_failed(cleat_answer_reject(cleat_uv_conn(h->uv), ev->query), "query");
}

static void on_event(void *user, cleat_uv *u, const cleat_event *ev)
{
    ssh_hop *h = user;
    const char *before = cleat_login_method(h->login);
    cleat_login_step step = cleat_login_event(h->login, ev);
    (void)u;
    trace_event(h, ev, before);
    if (step == CLEAT_LOGIN_NEED_PASSWORD)
        answer_password(h);
    if (step == CLEAT_LOGIN_FAILED)
        log_in_failed(h);
    switch (ev->type) {
    case CLEAT_EV_HOSTKEY:
        stop_clock(h); /* the host is there; its user may take time */
        hostkey_decide(h, ev);
        break;
    case CLEAT_EV_NEWKEYS:
        if (ev->u.newkeys.first)
            new_keys(h);
        break;
    case CLEAT_EV_AUTH_PK_OK:
        sign_accepted(h);
        break;
    case CLEAT_EV_SIGN:
        if (step == CLEAT_LOGIN_NOT_MINE)
            sign_begin(h, ev);
        break;
    case CLEAT_EV_AUTH_PROMPT:
        answer_prompt(h, ev);
        break;
    case CLEAT_EV_AUTH_CHANGE:
        answer_change(h, ev);
        break;
    case CLEAT_EV_AUTH_BANNER:
        session_show(ev->text);
        break;
    case CLEAT_EV_AUTH_SUCCESS:
        logged_in(h, ev);
        break;
    case CLEAT_EV_HOSTKEYS:
        hostkeys_announced(h, ev);
        break;
    case CLEAT_EV_HOSTKEYS_PROVED:
        hostkeys_proved(h, ev);
        break;
    case CLEAT_EV_CLOSED:
        if (!next_of(h) && h->run->use) {
            h->run->use->closed(h->run);
        } else if (!next_of(h)) {
            session_stop(h->run);
            signals_forget(h->run);
        }
        break;
    default:
        other_event(h, ev, step != CLEAT_LOGIN_NOT_MINE);
        break;
    }
}

static void say_why(const ssh_hop *h, const cleat_error *why)
{
    unsigned port = h->port;
    if (why->status == CLEAT_E_NO_COMMON_ALG)
        say(CLEAT_LOG_ERROR, "Unable to negotiate with %s port %u: %s", h->target, port, why->text);
    else
        say(CLEAT_LOG_ERROR,
            h->logged_in ? "Connection to %s port %u closed: %s" : "Connecting to %s port %u: %s",
            h->target, port, why->text);
}

/* The hops before this one have nothing more to carry. */
static void on_end(void *user, cleat_uv *u, const cleat_error *why)
{
    ssh_hop *h = user;
    ssh_hop *before = previous_of(h);
    if (h->run->prompts)
        say_raw("\r\n"); /* the question stands open */
    trace_end(h, cleat_conn_get_stats(cleat_uv_conn(u)));
    if (!h->said_goodbye && why->status != CLEAT_OK)
        say_why(h, why);
    cleat_login_free(h->login);
    h->login = NULL;
    h->uv = NULL;
    stop_clock(h);
    drop_agents_from(h);
    prompt_give_up(h->run);
    if (!before || !before->uv)
        return;
    before->said_goodbye = true;
    before->way_stream = NULL; /* went with this connection */
    before->way = NULL;
    cleat_uv_close(before->uv);
}

/* ---- making a connection ---- */

static uint32_t rekey_seconds(const ssh_hop *h)
{
    uint32_t seconds = 0;
    if (cleat_config_count(h->config, "RekeyLimit") < 2 ||
        !cleat_config_time(cleat_config_item(h->config, "RekeyLimit", 1), &seconds))
        return 0;
    return seconds;
}

static void attach(ssh_hop *h, cleat_stream *stream)
{
    cleat_conn *conn;
    const ssh_run *r = h->run;
    const char *addendum = hop_text(h, "VersionAddendum");
    bool plain = !addendum || strcmp(addendum, "none") == 0;
    char *version =
        text_format("Cleat_%s%s%s", CLEAT_VERSION, plain ? "" : " ", plain ? "" : addendum);
    const cleat_conn_options options = {
        .struct_size = sizeof options,
        .policy = h->policy,
        .software_version = version,
        .rekey_bytes = (uint64_t)hop_number(h, "RekeyLimit"),
        .rekey_seconds = rekey_seconds(h),
        .keepalive_ms = (uint32_t)(hop_number(h, "ServerAliveInterval") * 1000),
        .keepalive_count = (uint32_t)hop_number(h, "ServerAliveCountMax"),
        .log_level = say_level(),
    };
    const cleat_uv_callbacks callbacks = {sizeof callbacks, h, on_event, on_end};
    cleat_status st = cleat_conn_new(&conn, r->ctx, CLEAT_CLIENT, &options, uv_now(h->run->loop));
    if (st != CLEAT_OK) {
        free(version);
        cleat_stream_close(stream);
        ssh_give_up(h, "ssh: the connection could not be set up");
        return;
    }
    st = login_begin(h, conn);
    cleat_stream_get_ends(stream, &h->ends);
    trace_connected(h, version);
    free(version);
    cleat_status attached = cleat_uv_attach(&h->uv, h->run->loop, conn, stream, &callbacks);
    if (st != CLEAT_OK || attached != CLEAT_OK)
        ssh_give_up(h, "ssh: the connection could not be set up");
}

static void dial(ssh_hop *h);

static void on_again(uv_timer_t *timer)
{
    ssh_hop *h = timer->data;
    stop_clock(h);
    dial(h);
}

static void on_dialled(void *user, cleat_stream *stream, const cleat_error *error)
{
    ssh_hop *h = user;
    h->dial = NULL;
    if (!stream) {
        bool again = ++h->attempts < (uint32_t)hop_number(h, "ConnectionAttempts");
        say(again ? CLEAT_LOG_VERBOSE : CLEAT_LOG_ERROR, "ssh: %s", error->text);
        stop_clock(h);
        if (again)
            start_clock(h, 1000, on_again);
        else
            drop_agents_from(h);
        return;
    }
    attach(h, stream);
}

static char **proxy_args(ssh_hop *h, cleat_error *error)
{
    const char *said = hop_text(h, "ProxyCommand");
    char **argv = NULL;
    if (!said || strcmp(said, "none") == 0)
        return NULL;
    char *command = hop_value(h, "ProxyCommand", 0);
    if (command)
        say(CLEAT_LOG_DEBUG1, "Executing proxy command: %s", command);
    if (!command || port_shell_args(&argv, command, true, error) != CLEAT_OK)
        argv = NULL;
    free(command);
    if (!argv && !error->status)
        error->status = CLEAT_E_CONFIG;
    return argv;
}

static void dial(ssh_hop *h)
{
    static const int families[] = {0, AF_INET, AF_INET6};
    cleat_error error = {0};
    char **argv = proxy_args(h, &error);
    const cleat_dial_options options = {
        .struct_size = sizeof options,
        .host = h->target,
        .port = h->port,
        .family = families[hop_number(h, "AddressFamily")],
        .bind_address = hop_text(h, "BindAddress"),
        .bind_interface = hop_text(h, "BindInterface"),
        .no_keepalive = !hop_flag(h, "TCPKeepAlive"),
        .argv = (const char *const *)argv,
    };
    if (!argv)
        say(CLEAT_LOG_DEBUG1, "Connecting to %s port %u.", h->target, (unsigned)h->port);
    cleat_status st = error.status;
    if (st == CLEAT_OK)
        st = cleat_dial_start(&h->dial, h->run->loop, &options, on_dialled, h, &error);
    port_free(argv);
    if (st == CLEAT_OK) {
        start_clock(h, (uint64_t)hop_number(h, "ConnectTimeout") * 1000, on_late);
        return;
    }
    if (error.text[0])
        say(CLEAT_LOG_ERROR, "ssh: %s", error.text);
    drop_agents_from(h);
}

static void gather_next(ssh_hop *h);

/* The first hop is dialled when the keys of all are known. */
static void on_ready(ssh_hop *h)
{
    if (next_of(h))
        gather_next(next_of(h));
    else
        dial(h->run->hops[0]);
}

static void gather_next(ssh_hop *h)
{
    known_prefer(h);
    identities_gather(h, on_ready);
}

void connect_end(ssh_run *r)
{
    for (size_t i = 0; i < r->hop_count; i++) {
        ssh_hop *h = r->hops[i];
        hop_drop_agent(h);
        if (h->has_timer)
            uv_close((uv_handle_t *)&h->limit, NULL);
    }
}

void connect_start(ssh_run *r)
{
    gather_next(r->hops[0]);
}
