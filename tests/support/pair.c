/* Two engines joined in memory: making them and moving bytes between them. */
#include "pair_int.h"

#include "alg/ctx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS_MAX = 2000000 };

uint32_t pair_noise(uint32_t *state)
{
    uint32_t x = *state ? *state : 2463534242u;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *state = x;
}

bool pair_tests_are_full(void)
{
    return getenv("CLEAT_FULL") && !pair_tests_are_short();
}

bool pair_tests_are_short(void)
{
    return getenv("CLEAT_SHORT") != NULL;
}

static cleat_status seeded_fill(void *user, uint8_t *out, size_t len)
{
    pair *p = user;
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)pair_noise(&p->random_state);
    return CLEAT_OK;
}

/* ---- the pump ---- */

static void note_end(pair_side *side, const cleat_event *ev)
{
    side->closed = true;
    side->end = ev->u.closed.status;
    side->reason = ev->u.closed.reason;
    snprintf(side->end_text, sizeof side->end_text, "%s", ev->text ? ev->text : "");
}

bool pair_pull(pair *p, pair_side *side)
{
    const cleat_event *ev;
    bool any = false;
    while (side->conn && (ev = cleat_conn_next(side->conn)) != NULL) {
        any = true;
        side->events[ev->type]++;
        if (ev->type == CLEAT_EV_CLOSED)
            note_end(side, ev);
        if (p->setup->on_event && p->setup->on_event(p, side->conn, ev))
            continue;
        pair_answer_query(p, side->conn, ev);
        pair_talk(p, side, ev);
    }
    return any;
}

static size_t collect(pair *p, pair_side *from)
{
    size_t count;
    size_t len = 0;
    size_t most = p->setup->split ? p->setup->split : PAIR_WIRE_ROOM / 2;
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
    while (at < len && to->conn && !to->closed) {
        size_t room;
        uint8_t *space = cleat_conn_recv_space(to->conn, &room);
        size_t n = len - at < room ? len - at : room;
        if (!space || n == 0)
            break;
        memcpy(space, p->impl->wire + at, n);
        at += n;
        if (cleat_conn_recv_done(to->conn, n) != CLEAT_OK)
            break;
        pair_pull(p, to);
    }
}

static bool move(pair *p, pair_side *from, pair_side *to)
{
    if (!from->conn || !to->conn)
        return false; /* one has been freed by the test */
    size_t len = collect(p, from);
    bool moved = len > 0;
    if (p->setup->on_wire && len)
        p->setup->on_wire(p, to == &p->server, p->impl->wire, &len, PAIR_WIRE_ROOM);
    deliver(p, to, len);
    if (from->closed && cleat_conn_is_flushed(from->conn) && to->conn && !to->closed) {
        cleat_conn_recv_eof(to->conn);
        moved = true;
    }
    return pair_pull(p, to) || moved;
}

static void tick(pair *p)
{
    p->now++;
    if (p->client.conn)
        cleat_conn_tick(p->client.conn, p->now);
    if (p->server.conn)
        cleat_conn_tick(p->server.conn, p->now);
}

void pair_go(pair *p)
{
    bool active = true;
    pair_pull(p, &p->client);
    pair_pull(p, &p->server);
    while (active && p->rounds++ < ROUNDS_MAX) {
        active = move(p, &p->client, &p->server);
        active = move(p, &p->server, &p->client) || active;
        active = pair_answer_due(p) || active;
        tick(p);
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
        o.host_keys = p->host_keys;
        o.host_key_count = p->host_keys[1] ? 2 : 1;
        o.announce_host_keys = o.announce_host_keys || p->setup->every_query;
    }
    if (st == CLEAT_OK)
        st = cleat_conn_new(&side->conn, p->ctx, role, &o, p->now);
    cleat_policy_unref(policy);
    return st;
}

static cleat_status make_key(pair *p, cleat_key **key, cleat_key *ready, const char *family,
                             unsigned bits)
{
    if (!ready)
        return cleat_key_generate(key, p->ctx, family ? family : "ed25519", bits, NULL, NULL);
    *key = cleat_key_ref(ready);
    return CLEAT_OK;
}

static cleat_status make_keys(pair *p)
{
    const pair_setup *s = p->setup;
    cleat_status st =
        make_key(p, &p->host_keys[0], s->ready_host_key, s->host_key, s->host_key_bits);
    p->host_key = p->host_keys[0];
    if (st == CLEAT_OK && s->every_query)
        st = make_key(p, &p->host_keys[1], NULL, "ecdsa", 256);
    if (st == CLEAT_OK)
        st = make_key(p, &p->user_key, s->ready_user_key, s->user_key, s->user_key_bits);
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
        cl_ctx_add_kex(p->ctx, s->extra_kex);
    if (st == CLEAT_OK)
        st = make_keys(p);
    if (st == CLEAT_OK)
        st = make_side(p, &p->client, CLEAT_CLIENT, s->client);
    if (st == CLEAT_OK)
        st = make_side(p, &p->server, CLEAT_SERVER, s->server);
    return st;
}

void pair_make(pair *p, const pair_setup *setup)
{
    *p = (pair){.setup = setup, .random_state = setup->seed + 1, .intact = true, .now = 1000};
    p->impl = calloc(1, sizeof *p->impl);
    if (!p->impl)
        abort();
    p->start = make(p);
}

void pair_run(pair *p, const pair_setup *setup)
{
    pair_make(p, setup);
    if (p->start == CLEAT_OK)
        pair_go(p);
}

void pair_free(pair *p)
{
    if (p->impl)
        pair_answers_free(p);
    cleat_conn_free(p->client.conn);
    cleat_conn_free(p->server.conn);
    cleat_key_unref(p->host_keys[0]);
    cleat_key_unref(p->host_keys[1]);
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
