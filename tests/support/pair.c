/* Two engines joined in memory. */
#include "pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIRE_ROOM = 1 << 20, ROUNDS_MAX = 2000000, LATE_MAX = 64, CHUNK = 4096 };

static const char password[] = "correct horse";
static const char *const answers[] = {"blue", "42"};

typedef struct late_answer {
    unsigned due; /* round */
    cleat_conn *conn;
    uint64_t query;
    cleat_event_type type;
    cleat_event event; /* for its plain values only */
    char algorithm[64];
    uint8_t *message;
    size_t message_len;
} late_answer;

struct pair_impl {
    late_answer late[LATE_MAX];
    size_t late_count;
    uint8_t *echo; /* what the server could not write back yet */
    size_t echo_len;
    bool client_eof;
    unsigned kbdint_round;
    bool passed_key;
    uint8_t wire[WIRE_ROOM];
};

uint32_t pair_noise(uint32_t *state)
{
    uint32_t x = *state ? *state : 2463534242u;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *state = x;
}

static cleat_status seeded_fill(void *user, uint8_t *out, size_t len)
{
    pair *p = user;
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)pair_noise(&p->random_state);
    return CLEAT_OK;
}

static uint8_t pattern(size_t at)
{
    return (uint8_t)(at * 7 + at / 251);
}

/* ---- answers ---- */

static void sign_with(cleat_conn *c, uint64_t query, const cleat_key *key, const char *algorithm,
                      cleat_slice message)
{
    cleat_bytes signature = {0};
    cleat_error error;
    cleat_status st = cleat_key_sign(key, algorithm, message, &signature, &error);
    if (st == CLEAT_OK)
        st = cleat_answer_signature(c, query, (cleat_slice){signature.data, signature.len});
    else
        st = cleat_answer_reject(c, query);
    (void)st;
    cleat_bytes_free(&signature);
}

static cleat_status answer_kbdint(pair *p, cleat_conn *c, uint64_t query)
{
    const cleat_prompt prompts[] = {{"favourite colour? ", true}, {"number? ", false}};
    size_t round = p->impl->kbdint_round++;
    if (round >= 2)
        return cleat_answer_auth(c, query, CLEAT_AUTH_ACCEPT, NULL);
    return cleat_answer_auth_prompts(c, query, "quiz", "two rounds", &prompts[round], 1);
}

static cleat_status answer_key(pair *p, cleat_conn *c, const cleat_event *ev)
{
    bool known = cleat_slice_equal(ev->u.auth.key_blob, cleat_key_blob(p->user_key));
    bool partial = p->setup->method && strcmp(p->setup->method, "partial") == 0;
    if (!known)
        return cleat_answer_auth(c, ev->query, CLEAT_AUTH_REJECT, "publickey");
    if (partial && ev->u.auth.method == CLEAT_AUTH_PUBLICKEY) {
        p->impl->passed_key = true;
        return cleat_answer_auth(c, ev->query, CLEAT_AUTH_PARTIAL, "password");
    }
    return cleat_answer_auth(c, ev->query, CLEAT_AUTH_ACCEPT, NULL);
}

static cleat_status answer_auth(pair *p, cleat_conn *c, const cleat_event *ev)
{
    const char *method = p->setup->method ? p->setup->method : "publickey";
    bool none = strcmp(method, "none") == 0;
    switch (ev->u.auth.method) {
    case CLEAT_AUTH_NONE:
        return cleat_answer_auth(c, ev->query, none ? CLEAT_AUTH_ACCEPT : CLEAT_AUTH_REJECT,
                                 "publickey,password,keyboard-interactive");
    case CLEAT_AUTH_PUBLICKEY_PROBE:
    case CLEAT_AUTH_PUBLICKEY:
        return answer_key(p, c, ev);
    case CLEAT_AUTH_PASSWORD:
        if (ev->u.auth.new_password)
            return cleat_answer_auth(c, ev->query, CLEAT_AUTH_ACCEPT, NULL);
        if (strcmp(ev->u.auth.password, "expired") == 0)
            return cleat_answer_auth_change(c, ev->query, "choose another");
        return cleat_answer_auth(c, ev->query,
                                 strcmp(ev->u.auth.password, password) ? CLEAT_AUTH_REJECT
                                                                       : CLEAT_AUTH_ACCEPT,
                                 "password");
    case CLEAT_AUTH_KBDINT:
    case CLEAT_AUTH_KBDINT_ANSWER:
        break;
    }
    return answer_kbdint(p, c, ev->query);
}

static cleat_status start_session(pair *p)
{
    cleat_status st = cleat_channel_open_session(&p->client.channel, p->client.conn);
    return st;
}

static cleat_status next_try(pair *p, cleat_conn *c, const cleat_event *ev)
{
    const char *method = p->setup->method ? p->setup->method : "publickey";
    if (ev->u.auth_next.first)
        return cleat_auth_none(c, "alice");
    if (strcmp(method, "password") == 0 || ev->u.auth_next.partial)
        return cleat_auth_password(c, "alice", password);
    if (strcmp(method, "keyboard-interactive") == 0)
        return cleat_auth_kbdint(c, "alice", "");
    return cleat_auth_probe(c, "alice", cleat_key_pick_algorithm(p->user_key, NULL, NULL),
                            cleat_key_blob(p->user_key));
}

static void send_payload(pair *p)
{
    uint8_t chunk[CHUNK];
    size_t accepted = 1;
    while (p->sent < p->setup->payload && accepted) {
        size_t n = p->setup->payload - p->sent < CHUNK ? p->setup->payload - p->sent : CHUNK;
        for (size_t i = 0; i < n; i++)
            chunk[i] = pattern(p->sent + i);
        if (p->setup->rekey_always && cleat_conn_rekey(p->client.conn) != CLEAT_OK)
            return;
        if (cleat_channel_write(p->client.channel, 0, chunk, n, &accepted) != CLEAT_OK)
            return;
        p->sent += accepted;
    }
    if (p->sent == p->setup->payload && !p->impl->client_eof) {
        p->impl->client_eof = true;
        cleat_status st = cleat_channel_eof(p->client.channel);
        (void)st;
    }
}

static void echo_more(pair *p)
{
    size_t accepted = 0;
    struct pair_impl *impl = p->impl;
    if (impl->echo_len && cleat_channel_write(p->server.channel, 0, impl->echo, impl->echo_len,
                                              &accepted) == CLEAT_OK) {
        impl->echo_len -= accepted;
        memmove(impl->echo, impl->echo + accepted, impl->echo_len);
        cleat_status st = cleat_channel_consume(p->server.channel, accepted);
        (void)st;
    }
}

static void finish_echo(pair *p)
{
    if (p->impl->echo_len || !p->server.events[CLEAT_EV_CHANNEL_EOF])
        return;
    cleat_status st = cleat_channel_exit_status(p->server.channel, 7);
    if (st == CLEAT_OK)
        st = cleat_channel_eof(p->server.channel);
    if (st == CLEAT_OK)
        st = cleat_channel_close(p->server.channel);
}

static void take_echo(pair *p, const cleat_event *ev)
{
    cleat_slice bytes = ev->u.data.bytes;
    struct pair_impl *impl = p->impl;
    uint8_t *grown = realloc(impl->echo, impl->echo_len + bytes.len + 1);
    if (!grown)
        return;
    memcpy(grown + impl->echo_len, bytes.data, bytes.len);
    impl->echo = grown;
    impl->echo_len += bytes.len;
    echo_more(p);
}

static void check_echo(pair *p, const cleat_event *ev)
{
    for (size_t i = 0; i < ev->u.data.bytes.len; i++)
        p->intact = p->intact && ev->u.data.bytes.data[i] == pattern(p->echoed + i);
    p->echoed += ev->u.data.bytes.len;
    cleat_status st = cleat_channel_consume(ev->channel, ev->u.data.bytes.len);
    (void)st;
}

static void client_event(pair *p, const cleat_event *ev)
{
    cleat_conn *c = p->client.conn;
    cleat_status st = CLEAT_OK;
    const char *reply = p->impl->kbdint_round <= 1 ? answers[0] : answers[1];
    switch (ev->type) {
    case CLEAT_EV_HOSTKEY:
        st = cleat_answer_hostkey(
            c, ev->query, cleat_slice_equal(ev->u.hostkey.blob, cleat_key_blob(p->host_key)));
        break;
    case CLEAT_EV_SIGN:
        sign_with(c, ev->query, p->user_key, ev->u.sign.algorithm, ev->u.sign.message);
        break;
    case CLEAT_EV_AUTH_NEXT:
        st = next_try(p, c, ev);
        break;
    case CLEAT_EV_AUTH_PK_OK:
        st = cleat_auth_publickey(c, "alice", ev->u.key.algorithm, ev->u.key.blob, false);
        break;
    case CLEAT_EV_AUTH_PROMPT:
        st = cleat_answer_prompt(c, ev->query, &reply, ev->u.prompt.count);
        break;
    case CLEAT_EV_AUTH_SUCCESS:
        st = start_session(p);
        break;
    case CLEAT_EV_CHANNEL_OPENED:
        st = cleat_channel_exec(p->client.channel, "echo", true);
        break;
    case CLEAT_EV_CHANNEL_REPLY:
    case CLEAT_EV_CHANNEL_WRITABLE:
        send_payload(p);
        break;
    case CLEAT_EV_CHANNEL_DATA:
        check_echo(p, ev);
        break;
    case CLEAT_EV_CHANNEL_REQUEST:
        p->exit_seen = p->exit_seen || ev->u.request.type == CLEAT_REQ_EXIT_STATUS;
        p->exit_status = ev->u.request.status;
        break;
    case CLEAT_EV_CHANNEL_CLOSED:
        if (cleat_conn_is_closed(c))
            break;
        cleat_channel_free(p->client.channel);
        p->client.channel = NULL;
        cleat_conn_disconnect(c, 11, "done");
        break;
    default:
        if (ev->query)
            st = cleat_answer_reject(c, ev->query);
        break;
    }
    (void)st;
}

static void server_event(pair *p, const cleat_event *ev)
{
    cleat_conn *c = p->server.conn;
    cleat_status st = CLEAT_OK;
    switch (ev->type) {
    case CLEAT_EV_SIGN:
        sign_with(c, ev->query, p->host_key, ev->u.sign.algorithm, ev->u.sign.message);
        break;
    case CLEAT_EV_AUTH_REQUEST:
        st = answer_auth(p, c, ev);
        break;
    case CLEAT_EV_CHANNEL_OPEN:
        st = cleat_answer_channel(c, ev->query, &p->server.channel);
        break;
    case CLEAT_EV_CHANNEL_REQUEST:
        if (ev->query)
            st = cleat_answer_request(c, ev->query, ev->u.request.type == CLEAT_REQ_EXEC);
        break;
    case CLEAT_EV_CHANNEL_DATA:
        take_echo(p, ev);
        break;
    case CLEAT_EV_CHANNEL_WRITABLE:
        echo_more(p);
        finish_echo(p);
        break;
    case CLEAT_EV_CHANNEL_EOF:
        finish_echo(p);
        break;
    default:
        if (ev->query)
            st = cleat_answer_reject(c, ev->query);
        break;
    }
    (void)st;
}

/* ---- late answers ---- */

/* Only queries whose event can be kept without its strings are made late. */
static bool may_be_late(const cleat_event *ev)
{
    return ev->type == CLEAT_EV_HOSTKEY || ev->type == CLEAT_EV_SIGN ||
           ev->type == CLEAT_EV_CHANNEL_OPEN || ev->type == CLEAT_EV_CHANNEL_REQUEST;
}

static bool keep_for_later(pair *p, cleat_conn *c, const cleat_event *ev)
{
    struct pair_impl *impl = p->impl;
    if (!p->setup->late || !ev->query || !may_be_late(ev) || impl->late_count == LATE_MAX)
        return false;
    late_answer *late = &impl->late[impl->late_count++];
    *late = (late_answer){.due = p->rounds + p->setup->late,
                          .conn = c,
                          .query = ev->query,
                          .type = ev->type,
                          .event = *ev};
    if (ev->type == CLEAT_EV_SIGN) {
        snprintf(late->algorithm, sizeof late->algorithm, "%s", ev->u.sign.algorithm);
        late->message = malloc(ev->u.sign.message.len);
        late->message_len = ev->u.sign.message.len;
        memcpy(late->message, ev->u.sign.message.data, late->message_len);
    }
    return true;
}

static void answer_late(pair *p, late_answer *late)
{
    cleat_status st = CLEAT_OK;
    bool client = late->conn == p->client.conn;
    cleat_slice message = {late->message, late->message_len};
    if (late->type == CLEAT_EV_HOSTKEY)
        st = cleat_answer_hostkey(late->conn, late->query, true);
    if (late->type == CLEAT_EV_SIGN)
        sign_with(late->conn, late->query, client ? p->user_key : p->host_key, late->algorithm,
                  message);
    if (late->type == CLEAT_EV_CHANNEL_OPEN)
        st = cleat_answer_channel(late->conn, late->query, &p->server.channel);
    if (late->type == CLEAT_EV_CHANNEL_REQUEST)
        st = cleat_answer_request(late->conn, late->query,
                                  late->event.u.request.type == CLEAT_REQ_EXEC);
    if (p->setup->answer_twice && cleat_answer_reject(late->conn, late->query) != CLEAT_E_STALE)
        p->intact = false;
    (void)st;
    free(late->message);
}

static bool answer_due(pair *p)
{
    struct pair_impl *impl = p->impl;
    bool waiting = impl->late_count > 0;
    for (size_t i = 0; i < impl->late_count;) {
        late_answer late = impl->late[i];
        if (late.due > p->rounds) {
            i++;
            continue;
        }
        impl->late[i] = impl->late[--impl->late_count];
        answer_late(p, &late);
    }
    return waiting;
}

/* ---- the pump ---- */

static bool pull(pair *p, pair_side *side)
{
    const cleat_event *ev;
    bool any = false;
    while ((ev = cleat_conn_next(side->conn)) != NULL) {
        any = true;
        side->events[ev->type]++;
        if (ev->type == CLEAT_EV_CLOSED) {
            side->closed = true;
            side->end = ev->u.closed.status;
            snprintf(side->end_text, sizeof side->end_text, "%s", ev->text ? ev->text : "");
        }
        if (p->setup->on_event && p->setup->on_event(p, side->conn, ev))
            continue;
        if (keep_for_later(p, side->conn, ev))
            continue;
        if (side == &p->client)
            client_event(p, ev);
        else
            server_event(p, ev);
    }
    return any;
}

static size_t collect(pair *p, pair_side *from)
{
    size_t count;
    size_t len = 0;
    size_t most = p->setup->split ? p->setup->split : WIRE_ROOM / 2;
    const cleat_slice *out = cleat_conn_send_peek(from->conn, &count);
    for (size_t i = 0; i < count && len < most; i++) {
        size_t n = out[i].len < most - len ? out[i].len : most - len;
        memcpy(p->impl->wire + len, out[i].data, n);
        len += n;
    }
    cleat_conn_send_done(from->conn, len);
    return len;
}

static void deliver(pair *p, pair_side *to, size_t len)
{
    size_t at = 0;
    while (at < len && !to->closed) {
        size_t room;
        uint8_t *space = cleat_conn_recv_space(to->conn, &room);
        size_t n = len - at < room ? len - at : room;
        if (!space || n == 0)
            break;
        memcpy(space, p->impl->wire + at, n);
        at += n;
        if (cleat_conn_recv_done(to->conn, n) != CLEAT_OK)
            break;
        pull(p, to);
    }
}

static bool move(pair *p, pair_side *from, pair_side *to)
{
    size_t len = collect(p, from);
    bool moved = len > 0;
    if (p->setup->on_wire && len)
        p->setup->on_wire(p, to == &p->server, p->impl->wire, &len, WIRE_ROOM);
    deliver(p, to, len);
    if (from->closed && cleat_conn_is_flushed(from->conn) && !to->closed) {
        cleat_conn_recv_eof(to->conn);
        moved = true;
    }
    return pull(p, to) || moved;
}

static void run(pair *p)
{
    bool active = true;
    pull(p, &p->client);
    pull(p, &p->server);
    while (active && p->rounds++ < ROUNDS_MAX) {
        active = move(p, &p->client, &p->server);
        active = move(p, &p->server, &p->client) || active;
        active = answer_due(p) || active;
        p->now++;
        cleat_conn_tick(p->client.conn, p->now);
        cleat_conn_tick(p->server.conn, p->now);
        if (p->setup->on_round && !p->setup->on_round(p))
            return;
        if (p->client.closed && p->server.closed)
            return;
    }
}

/* ---- setting up ---- */

static cleat_status make_side(pair *p, pair_side *side, cleat_role role, cleat_conn_options o)
{
    cleat_policy *policy;
    cleat_error error = {0};
    cleat_status st = cleat_policy_new(&policy, p->ctx, role);
    for (int kind = 0; st == CLEAT_OK && kind < CLEAT_ALG_KINDS; kind++) {
        const char *list = p->setup->lists[kind];
        if (list)
            st = cleat_policy_set(policy, (cleat_alg_kind)kind, list, &error);
    }
    o.struct_size = sizeof o;
    o.policy = policy;
    if (role == CLEAT_SERVER) {
        o.host_keys = &p->host_key;
        o.host_key_count = 1;
    }
    if (st == CLEAT_OK)
        st = cleat_conn_new(&side->conn, p->ctx, role, &o, p->now);
    cleat_policy_unref(policy);
    return st;
}

static cleat_status make(pair *p)
{
    const pair_setup *s = p->setup;
    cleat_random seeded = {sizeof seeded, p, seeded_fill};
    cleat_ctx_options options = CLEAT_CTX_OPTIONS;
    options.allocator = s->allocator;
    options.random = s->random ? s->random : &seeded;
    options.log = s->log;
    cleat_status st = cleat_ctx_new(&p->ctx, &options);
    if (st == CLEAT_OK)
        st = cleat_key_generate(&p->host_key, p->ctx, s->host_key ? s->host_key : "ed25519",
                                s->host_key_bits, NULL, NULL);
    if (st == CLEAT_OK)
        st = cleat_key_generate(&p->user_key, p->ctx, s->user_key ? s->user_key : "ed25519",
                                s->user_key_bits, NULL, NULL);
    if (st == CLEAT_OK)
        st = make_side(p, &p->client, CLEAT_CLIENT, s->client);
    if (st == CLEAT_OK)
        st = make_side(p, &p->server, CLEAT_SERVER, s->server);
    return st;
}

void pair_run(pair *p, const pair_setup *setup)
{
    *p = (pair){.setup = setup, .random_state = setup->seed + 1, .intact = true, .now = 1000};
    p->impl = calloc(1, sizeof *p->impl);
    if (!p->impl)
        abort();
    p->start = make(p);
    if (p->start == CLEAT_OK)
        run(p);
}

void pair_free(pair *p)
{
    for (size_t i = 0; p->impl && i < p->impl->late_count; i++)
        free(p->impl->late[i].message);
    cleat_conn_free(p->client.conn);
    cleat_conn_free(p->server.conn);
    cleat_key_unref(p->host_key);
    cleat_key_unref(p->user_key);
    cleat_ctx_unref(p->ctx);
    if (p->impl)
        free(p->impl->echo);
    free(p->impl);
    *p = (pair){0};
}

bool pair_went_well(const pair *p)
{
    return p->start == CLEAT_OK && p->intact && p->echoed == p->setup->payload && p->exit_seen &&
           p->exit_status == 7 && p->client.closed && p->client.end == CLEAT_OK &&
           p->server.closed && p->server.end == CLEAT_E_DISCONNECTED;
}
