/* The connection as a whole: its life, the pulling of events, its end. */
#include "conn_int.h"

#include "../base/alloc.h"
#include "../base/status.h"
#include "../wire/messages.h"

#include <stdio.h>

/* ---- making and freeing ---- */

static uint32_t or_default(uint32_t value, uint32_t standard)
{
    return value ? value : standard;
}

void cl_conn_fill_defaults(cleat_conn_options *o)
{
    o->packet_max = or_default(o->packet_max, 256 << 10);
    o->window_max = or_default(o->window_max, 8 << 20);
    o->conn_window_max = or_default(o->conn_window_max, 32 << 20);
    o->channels_max = or_default(o->channels_max, 1024);
    o->queue_max = or_default(o->queue_max, 1 << 20);
    o->auth_tries_max = or_default(o->auth_tries_max, 6);
    o->sessions_max = or_default(o->sessions_max, 10);
    o->keepalive_count = or_default(o->keepalive_count, 3);
}

static cleat_status copy_host_keys(cleat_conn *c, const cleat_conn_options *o)
{
    c->host_keys = cl_alloc_array(c->env->mem, o->host_key_count, sizeof *c->host_keys);
    c->host_certs = cl_alloc_array(c->env->mem, o->host_cert_count, sizeof *c->host_certs);
    c->host_chains = cl_alloc_array(c->env->mem, o->host_chain_count, sizeof *c->host_chains);
    if (!c->host_keys || !c->host_certs || !c->host_chains)
        return CLEAT_E_NOMEM;
    for (size_t i = 0; i < o->host_key_count; i++)
        c->host_keys[i] = cleat_key_ref(o->host_keys[i]);
    for (size_t i = 0; i < o->host_cert_count; i++)
        c->host_certs[i] = cleat_cert_ref(o->host_certs[i]);
    for (size_t i = 0; i < o->host_chain_count; i++)
        c->host_chains[i] = cleat_x509_ref(o->host_chains[i]);
    c->options.host_key_count = o->host_key_count;
    c->options.host_cert_count = o->host_cert_count;
    c->options.host_chain_count = o->host_chain_count;
    cl_buf names = CL_BUF(c->env->mem);
    cl_policy_host_key_list(c->policy, o, &names);
    const char *text = cl_buf_text(&names);
    c->host_key_names = text ? cl_alloc_text(c->env->mem, cleat_slice_of(text)) : NULL;
    cl_buf_free(&names);
    return c->host_key_names ? CLEAT_OK : CLEAT_E_NOMEM;
}

static cleat_status take_options(cleat_conn *c, const cleat_conn_options *given)
{
    if (given && !cleat_options_import(&c->options, sizeof c->options, given))
        return CLEAT_E_BAD_CALL;
    cleat_conn_options o = c->options;
    c->options.host_keys = NULL;
    c->options.host_key_count = 0;
    c->options.host_certs = NULL;
    c->options.host_cert_count = 0;
    c->options.host_chains = NULL;
    c->options.host_chain_count = 0;
    c->options.banner = NULL;
    c->options.policy = NULL;
    c->options.software_version = NULL;
    cl_conn_fill_defaults(&c->options);
    c->log.connection = o.log_id;
    if (o.log_level)
        c->log.level = o.log_level;
    if (o.policy)
        c->policy = cleat_policy_ref(o.policy);
    cleat_status st = CLEAT_OK;
    if (!c->policy)
        st = cleat_policy_new(&c->policy, c->ctx, c->role);
    if (st == CLEAT_OK && o.banner) {
        c->banner = cl_alloc_text(c->env->mem, cleat_slice_of(o.banner));
        st = c->banner ? CLEAT_OK : CLEAT_E_NOMEM;
    }
    if (st == CLEAT_OK)
        st = cl_hello_init(&c->hello, c->role, &c->error,
                           o.software_version ? o.software_version : "Cleat_" CLEAT_VERSION);
    return st == CLEAT_OK ? copy_host_keys(c, &o) : st;
}

static void init_link(cleat_conn *c)
{
    c->events = (cl_events){.mem = c->env->mem};
    c->queries = (cl_queries){.mem = c->env->mem};
    c->link = (cl_link){
        .mem = c->env->mem,
        .log = &c->log,
        .error = &c->error,
        .events = &c->events,
        .queries = &c->queries,
        .now = &c->now,
        .round_trip = &c->rtt_ms,
        .engine = c,
        .send = cl_conn_send,
        .send_room = cl_conn_send_room,
    };
    c->held = CL_BUF(c->env->mem);
    c->held.max = CL_HELD_MAX;
    c->stash = CL_BUF_SECRET(c->env->mem);
    c->known_host_key = CL_BUF(c->env->mem);
    c->peer.sig_algs = CL_BUF(c->env->mem);
    cl_kexer_init(&c->kx, c->env);
    cl_authc_init(&c->authc, &c->link, c->env);
    cl_auths_init(&c->auths, &c->link, c->env);
    cl_globals_init(c);
}

static void init_kexer(cleat_conn *c)
{
    c->kx.error = &c->error;
    c->kx.log = &c->log;
    c->kx.role = c->role;
    c->kx.tx = &c->tx;
    c->kx.hello = &c->hello;
    c->kx.rsa_min_bits = cleat_policy_rsa_min(c->policy);
    c->kx.host_keys = c->host_keys;
    c->kx.host_key_count = c->options.host_key_count;
    c->kx.host_certs = c->host_certs;
    c->kx.host_cert_count = c->options.host_cert_count;
    c->kx.host_chains = c->host_chains;
    c->kx.host_chain_count = c->options.host_chain_count;
    c->kx.offer = (cl_offer){
        .kex = cleat_policy_get(c->policy, CLEAT_ALG_KEX),
        .host_key = c->role == CLEAT_SERVER ? c->host_key_names
                                            : cleat_policy_get(c->policy, CLEAT_ALG_HOSTKEY),
        .cipher = cleat_policy_get(c->policy, CLEAT_ALG_CIPHER),
        .mac = cleat_policy_get(c->policy, CLEAT_ALG_MAC),
        .compression = cleat_policy_get(c->policy, CLEAT_ALG_COMPRESSION),
    };
}

void cl_conn_apply_options(cleat_conn *c)
{
    const cleat_policy *policy = c->user_policy ? c->user_policy : c->policy;
    c->auths.sig_algs = cleat_policy_get(policy, CLEAT_ALG_PUBKEY);
    c->auths.rsa_min_bits = cleat_policy_rsa_min(policy);
    c->auths.tries_max = c->options.auth_tries_max;
    c->auths.fail_ms = c->options.auth_fail_ms;
    c->auths.password_fail_ms = c->options.auth_password_fail_ms;
    c->mux.sessions_max = c->options.sessions_max;
}

/* The identification and the first KEXINIT need nothing from the peer, so they leave at once. */
static cleat_status start(cleat_conn *c)
{
    cleat_status st = cl_rx_init(&c->rx, c->env, &c->error, c->options.packet_max);
    if (st == CLEAT_OK)
        st = cl_tx_init(&c->tx, c->env, &c->error);
    if (st != CLEAT_OK)
        return st;
    init_kexer(c);
    cl_mux_init(&c->mux, &c->link, c->options.channels_max);
    c->mux.window_max = c->options.window_max;
    c->mux.conn_window_max = c->options.conn_window_max;
    cl_conn_apply_options(c);
    if (c->banner)
        cl_buf_add_text(&c->auths.banner, c->banner);
    st = cl_hello_send(&c->hello, &c->tx);
    return st == CLEAT_OK ? cl_kexer_start(&c->kx) : st;
}

cleat_status cleat_conn_new(cleat_conn **out, cleat_ctx *ctx, cleat_role role,
                            const cleat_conn_options *options, uint64_t now_ms)
{
    const cl_env *env = cl_ctx_env(ctx);
    *out = NULL;
    if (role != CLEAT_CLIENT && role != CLEAT_SERVER)
        return CLEAT_E_BAD_CALL;
    cleat_conn *c = cl_alloc_zero(env->mem, sizeof *c);
    if (!c)
        return CLEAT_E_NOMEM;
    c->ctx = cleat_ctx_ref(ctx);
    c->env = env;
    c->role = role;
    c->log = cl_ctx_logger(ctx);
    c->now = c->started_at = c->heard_at = c->exchanged_at = now_ms;
    c->base = CL_PH_VERSION;
    init_link(c);
    cleat_status st = take_options(c, options);
    if (st == CLEAT_OK)
        st = start(c);
    if (st != CLEAT_OK) {
        cleat_conn_free(c);
        return st;
    }
    *out = c;
    return CLEAT_OK;
}

void cleat_conn_free(cleat_conn *c)
{
    if (!c)
        return;
    const cleat_allocator *mem = c->env->mem;
    cl_events_free(&c->events);
    cl_queries_clear(&c->queries);
    cl_mux_free(&c->mux);
    cl_globals_free(c);
    cl_authc_free(&c->authc);
    cl_auths_free(&c->auths);
    cl_kexer_free(&c->kx);
    if (c->rx.env)
        cl_rx_free(&c->rx);
    cl_tx_free(&c->tx);
    cl_buf_free(&c->held);
    cl_buf_free(&c->stash);
    cl_buf_free(&c->known_host_key);
    cl_buf_free(&c->peer.sig_algs);
    for (size_t i = 0; i < c->options.host_key_count; i++)
        cleat_key_unref(c->host_keys[i]);
    for (size_t i = 0; i < c->options.host_cert_count; i++)
        cleat_cert_unref(c->host_certs[i]);
    for (size_t i = 0; i < c->options.host_chain_count; i++)
        cleat_x509_unref(c->host_chains[i]);
    cl_alloc_free(mem, c->host_keys);
    cl_alloc_free(mem, c->host_certs);
    cl_alloc_free(mem, c->host_chains);
    cl_alloc_free(mem, c->host_key_names);
    cl_alloc_free(mem, c->banner);
    cleat_policy_unref(c->policy);
    cleat_policy_unref(c->user_policy);
    cleat_ctx *ctx = c->ctx;
    cl_alloc_free(mem, c);
    cleat_ctx_unref(ctx);
}

/* ---- the end ---- */

void cl_conn_end(cleat_conn *c, cleat_status st, uint32_t reason, bool by_peer, const char *text)
{
    if (c->end != CL_END_NONE)
        return;
    if (c->error.status == CLEAT_OK && st != CLEAT_OK)
        cl_fail(&c->error, st, "%s", text ? text : cleat_status_text(st));
    cl_queries_clear(&c->queries);
    cl_mux_abandon(&c->mux);
    c->closed_event = (cleat_event){.type = CLEAT_EV_CLOSED, .text = c->error.text};
    c->closed_event.u.closed.status = st;
    c->closed_event.u.closed.reason = reason;
    c->closed_event.u.closed.by_peer = by_peer;
    c->end = CL_END_PENDING;
}

void cl_conn_fail(cleat_conn *c, cleat_status st)
{
    if (c->end != CL_END_NONE)
        return;
    if (c->error.status == CLEAT_OK)
        cl_fail(&c->error, st, "%s", cleat_status_text(st));
    bool peer_listens = st != CLEAT_E_EOF && st != CLEAT_E_VERSION;
    uint32_t reason = peer_listens ? cl_status_reason(st) : 0;
    if (peer_listens)
        cl_conn_send_disconnect(c, reason, c->error.text);
    cl_conn_end(c, st, reason, false, NULL);
}

cleat_status cl_conn_check(cleat_conn *c, cleat_status st)
{
    bool harmless = st >= CLEAT_OK || st == CLEAT_E_BAD_CALL || st == CLEAT_E_STALE ||
                    st == CLEAT_E_LIMIT || st == CLEAT_E_CLOSED || st == CLEAT_E_UNSUPPORTED;
    if (!harmless || c->error.status != CLEAT_OK)
        cl_conn_fail(c, st < CLEAT_OK ? st : c->error.status);
    return st;
}

void cleat_conn_disconnect(cleat_conn *c, uint32_t reason, const char *text)
{
    if (c->end != CL_END_NONE)
        return;
    cl_conn_send_disconnect(c, reason, text ? text : "");
    cl_conn_end(c, CLEAT_OK, reason, false, NULL);
}

/* ---- phases and dispatch ---- */

static cl_phase exchange_phase(const cleat_conn *c)
{
    bool complete = c->kx.want == CL_KEX_WANTS_NEWKEYS;
    if (c->kx.finished)
        return complete ? CL_PH_REKEY_NEWKEYS : CL_PH_REKEY;
    if (c->kx.strict)
        return complete ? CL_PH_FIRST_NEWKEYS_STRICT : CL_PH_FIRST_KEX_STRICT;
    return complete ? CL_PH_FIRST_NEWKEYS : CL_PH_FIRST_KEX;
}

cl_phase cl_conn_phase(const cleat_conn *c)
{
    if (!c->hello.theirs[0])
        return CL_PH_VERSION;
    if (cl_kexer_running(&c->kx))
        return exchange_phase(c);
    return c->kx.finished ? c->base : CL_PH_FIRST_INIT;
}

static cleat_status answer_unknown(cleat_conn *c, uint8_t number, uint32_t seq)
{
    cl_phase phase = cl_conn_phase(c);
    if (phase == CL_PH_FIRST_KEX_STRICT || phase == CL_PH_FIRST_NEWKEYS_STRICT)
        return cl_fail(&c->error, CLEAT_E_PROTO, "unknown message %u during %s", number,
                       cl_phase_name(phase));
    cl_log(&c->log, CLEAT_LOG_DEBUG1, "transport", "unknown message %u", number);
    cl_buf m = CL_BUF(c->env->mem);
    const cl_msg_unimplemented answer = {.sequence = seq};
    cl_encode_unimplemented(&m, &answer);
    return cl_link_send_buf(&c->link, &m);
}

static void trace(cleat_conn *c, cleat_slice payload)
{
    if (!cl_log_wants(&c->log, CLEAT_LOG_DEBUG3))
        return;
    cl_buf line = CL_BUF(c->env->mem);
    cl_message_trace(&line, payload);
    const char *text = cl_buf_text(&line);
    cl_log(&c->log, CLEAT_LOG_DEBUG3, "transport", "received %s", text ? text : "");
    cl_buf_free(&line);
}

/* AsyncSSH before 2.14.1, which is what Debian 12 has, does not hold messages back. */
static bool peer_talks_on(const cleat_conn *c)
{
    return cl_hello_peer_is(&c->hello, "AsyncSSH");
}

static cleat_status dispatch(cleat_conn *c, cleat_slice payload, uint32_t seq)
{
    uint8_t number = payload.data[0];
    const cl_rule *rule = cl_rule_find(number, c->role);
    cl_phase phase = cl_conn_phase(c);
    trace(c, payload);
    if (!rule)
        return answer_unknown(c, number, seq);
    if (!cl_rule_allows(rule, c->role, phase) &&
        !(peer_talks_on(c) && cl_rule_forgives(number, c->base, phase)))
        return cl_fail(&c->error, CLEAT_E_PROTO, "message %s (%u) is not allowed during %s",
                       cl_message_name(number), number, cl_phase_name(phase));
    cleat_status st = rule->handler(c, payload);
    if (st == CLEAT_E_TRUNCATED || st == CLEAT_E_FORMAT)
        return cl_fail(&c->error, CLEAT_E_PROTO, "malformed message %s (%u)",
                       cl_message_name(number), number);
    return st;
}

/* ---- pulling ---- */

/* Reasons not to take the next packet: it stays where it is, and in the end the peer's own buffers
 * fill. Everything that a peer can make us keep is bounded by this. */
static bool must_wait(const cleat_conn *c)
{
    bool kex_asks = c->kx.want == CL_KEX_WANTS_GROUP || c->kx.want == CL_KEX_WANTS_SIGNATURE ||
                    c->kx.want == CL_KEX_WANTS_HOSTKEY;
    return kex_asks || c->queries.count + 2 > CL_QUERIES_MAX ||
           c->tx.queued > (size_t)c->options.queue_max + CL_REPLIES_MAX ||
           (c->stashed && cl_auths_busy(&c->auths));
}

static cleat_status receive_hello(cleat_conn *c)
{
    cleat_status st = cl_hello_receive(&c->hello, &c->rx);
    if (st != CLEAT_OK)
        return st;
    c->base = CL_PH_SERVICE;
    c->mux.peer_knows_eow =
        cl_hello_peer_is(&c->hello, "OpenSSH") || cl_hello_peer_is(&c->hello, "Cleat");
    cl_log(&c->log, CLEAT_LOG_DEBUG1, "transport",
           "Remote protocol version %.3s, remote software "
           "version %s",
           c->hello.theirs + 4, strchr(c->hello.theirs + 4, '-') + 1);
    cl_event_node *node = cl_events_push(&c->events, CLEAT_EV_VERSION);
    if (!node)
        return CLEAT_E_NOMEM;
    node->event.text = c->hello.theirs;
    return CLEAT_OK;
}

static cleat_status take_stash(cleat_conn *c)
{
    c->stashed = false;
    cleat_status st = dispatch(c, cl_buf_slice(&c->stash), 0);
    if (!c->stashed)
        cl_buf_free(&c->stash);
    return st;
}

static cleat_status receive_packet(cleat_conn *c)
{
    cleat_slice payload;
    uint32_t seq;
    cleat_status st = cl_rx_next(&c->rx, &payload, &seq);
    if (st != CLEAT_OK)
        return st;
    /* Whoever is in the middle could count as far as it likes with packets that nothing guards. */
    if (c->kx.finished == 0 && seq == UINT32_MAX)
        return cl_fail(&c->error, CLEAT_E_PROTO,
                       "sequence numbers come round in the first key exchange");
    c->heard_at = c->now;
    c->keepalives_unanswered = 0;
    st = dispatch(c, payload, seq);
    if (st == CLEAT_OK && c->end == CL_END_NONE)
        st = cl_conn_rekey_if_due(c);
    return st;
}

static cleat_status take_next(cleat_conn *c)
{
    if (c->stashed)
        return take_stash(c);
    return c->hello.theirs[0] ? receive_packet(c) : receive_hello(c);
}

/* One step forward; false when nothing can be done for now. It begins without events, so those of a
 * step that fails are of a message that was malformed or could not be kept: nobody may act on them.
 */
static bool advance(cleat_conn *c)
{
    bool failed = c->error.status != CLEAT_OK; /* in a call of the owner's, for good */
    if (!failed && must_wait(c))
        return false;
    cleat_status st = failed ? c->error.status : take_next(c);
    if (st == CLEAT_PENDING && c->got_eof)
        st = cl_fail(&c->error, CLEAT_E_EOF, "Connection closed by the peer");
    if (st < CLEAT_OK) {
        cl_events_drop(&c->events);
        cl_conn_fail(c, st);
    }
    return st != CLEAT_PENDING;
}

const cleat_event *cleat_conn_next(cleat_conn *c)
{
    for (;;) {
        const cleat_event *ev = cl_events_pop(&c->events);
        if (ev)
            return ev;
        if (c->end == CL_END_PENDING) {
            c->end = CL_END_TOLD;
            return &c->closed_event;
        }
        if (c->end == CL_END_TOLD || !advance(c))
            return NULL;
    }
}

/* ---- bytes in ---- */

uint8_t *cleat_conn_recv_space(cleat_conn *c, size_t *room)
{
    *room = 0;
    if (c->end != CL_END_NONE || c->got_eof)
        return NULL;
    uint8_t *at = cl_rx_space(&c->rx, room);
    if (!at && c->error.status != CLEAT_OK)
        cl_conn_fail(c, c->error.status);
    return at;
}

cleat_status cleat_conn_recv_done(cleat_conn *c, size_t n)
{
    if (c->end != CL_END_NONE)
        return CLEAT_E_CLOSED;
    return cl_rx_done(&c->rx, n);
}

void cleat_conn_recv_eof(cleat_conn *c)
{
    c->got_eof = true;
}
