/* Replies carry no number on the wire: they leave in the order of the requests, whatever the order
 * of the answers. And engines that run on anything: here on the channel of another connection. */
#include "support/pair.h"

#include <CUnit/CUnit.h>
#include <string.h>

enum { ASKED = 5 };

typedef struct replies {
    uint64_t query[ASKED];
    unsigned queries;
    uint64_t tag[ASKED];
    bool success[ASKED];
    unsigned count;
} replies;

/* ---- global requests ---- */

/* The server keeps all queries and then answers the last one first. */
static void answer_globals(replies *r, cleat_conn *c)
{
    for (unsigned i = ASKED; i-- > 0;) {
        cleat_status st = i % 2 ? cleat_answer_global(c, r->query[i], cleat_slice_of("yes"))
                                : cleat_answer_reject(c, r->query[i]);
        CU_ASSERT_EQUAL(st, CLEAT_OK);
    }
}

static bool on_global(pair *p, cleat_conn *c, const cleat_event *ev)
{
    replies *r = p->setup->user;
    if (c == p->client.conn && ev->type == CLEAT_EV_AUTH_SUCCESS) {
        for (uint64_t tag = 0; tag < ASKED; tag++)
            CU_ASSERT_EQUAL(
                cleat_conn_global_request(c, "q@example.org", true, cleat_slice_of("f"), tag),
                CLEAT_OK);
    }
    if (ev->type == CLEAT_EV_GLOBAL_REQUEST) {
        r->query[r->queries++] = ev->query;
        if (r->queries == ASKED)
            answer_globals(r, c);
        return true;
    }
    if (ev->type == CLEAT_EV_GLOBAL_REPLY) {
        r->tag[r->count] = ev->u.global_reply.tag;
        r->success[r->count++] = ev->u.global_reply.success;
    }
    return false;
}

static void expect_in_order(const replies *r)
{
    CU_ASSERT_EQUAL(r->queries, ASKED);
    CU_ASSERT_EQUAL(r->count, ASKED);
    for (unsigned i = 0; i < ASKED; i++) {
        CU_ASSERT_EQUAL(r->tag[i], i);
        CU_ASSERT_EQUAL(r->success[i], i % 2 == 1);
    }
}

static void global_replies_leave_in_order(void)
{
    pair p;
    replies r = {0};
    const pair_setup setup = {.payload = 10, .user = &r, .on_event = on_global};
    pair_run(&p, &setup);
    CU_ASSERT_TRUE(pair_went_well(&p));
    expect_in_order(&r);
    pair_free(&p);
}

/* ---- channel requests ---- */

static void answer_requests(replies *r, cleat_conn *c)
{
    for (unsigned i = ASKED; i-- > 0;)
        CU_ASSERT_EQUAL(cleat_answer_request(c, r->query[i], i % 2 == 1), CLEAT_OK);
}

static void ask_all(pair *p)
{
    static const char *const names[ASKED] = {"0", "1", "2", "3", "4"};
    for (unsigned i = 0; i < ASKED; i++)
        CU_ASSERT_EQUAL(cleat_channel_env(p->client.channel, names[i], "v", true), CLEAT_OK);
}

static bool on_request(pair *p, cleat_conn *c, const cleat_event *ev)
{
    replies *r = p->setup->user;
    if (ev->type == CLEAT_EV_CHANNEL_OPENED) {
        ask_all(p);
        return false;
    }
    if (ev->type == CLEAT_EV_CHANNEL_REQUEST && ev->u.request.type == CLEAT_REQ_ENV) {
        CU_ASSERT_EQUAL(ev->u.request.env_name[0], (char)('0' + r->queries));
        r->query[r->queries++] = ev->query;
        if (r->queries == ASKED)
            answer_requests(r, c);
        return true;
    }
    if (ev->type == CLEAT_EV_CHANNEL_REPLY && strcmp(ev->u.reply.name, "env") == 0) {
        r->tag[r->count] = r->count;
        r->success[r->count++] = ev->u.reply.success;
        return true;
    }
    return false;
}

static void channel_replies_leave_in_order(void)
{
    pair p;
    replies r = {0};
    const pair_setup setup = {.payload = 10, .user = &r, .on_event = on_request};
    pair_run(&p, &setup);
    CU_ASSERT_TRUE(pair_went_well(&p));
    expect_in_order(&r);
    pair_free(&p);
}

/* ---- a connection within a channel ---- */

/* The inner server lives at the outer client and the inner client at the outer server, so each role
 * is found at each end. */
typedef struct nest {
    pair inner;
    bool open;
} nest;

static void send_inner(cleat_conn *inner, cleat_channel *outer)
{
    size_t count;
    const cleat_slice *out;
    while (outer && (out = cleat_conn_send_peek(inner, &count)) != NULL) {
        size_t accepted;
        CU_ASSERT_EQUAL(cleat_channel_write(outer, 0, out->data, out->len, &accepted), CLEAT_OK);
        cleat_conn_send_done(inner, accepted);
        if (!accepted)
            return;
    }
}

static void receive_inner(nest *n, pair_side *inner, cleat_slice bytes)
{
    while (bytes.len) {
        size_t room;
        uint8_t *at = cleat_conn_recv_space(inner->conn, &room);
        if (!at)
            return;
        size_t step = bytes.len < room ? bytes.len : room;
        memcpy(at, bytes.data, step);
        CU_ASSERT_EQUAL(cleat_conn_recv_done(inner->conn, step), CLEAT_OK);
        pair_pull(&n->inner, inner);
        bytes = (cleat_slice){bytes.data + step, bytes.len - step};
    }
}

static bool carry_inner(pair *p, cleat_conn *c, const cleat_event *ev)
{
    nest *n = p->setup->user;
    pair_side *inner = c == p->client.conn ? &n->inner.server : &n->inner.client;
    if (ev->type == CLEAT_EV_CHANNEL_OPENED)
        n->open = true;
    if (ev->type != CLEAT_EV_CHANNEL_DATA)
        return ev->type == CLEAT_EV_CHANNEL_OPENED;
    receive_inner(n, inner, ev->u.data.bytes);
    CU_ASSERT_EQUAL(cleat_channel_consume(ev->channel, ev->u.data.bytes.len), CLEAT_OK);
    return true;
}

static bool pump_inner(pair *p)
{
    nest *n = p->setup->user;
    if (n->open) {
        send_inner(n->inner.server.conn, p->client.channel);
        send_inner(n->inner.client.conn, p->server.channel);
    }
    return p->rounds < 2000 && !n->inner.server.closed;
}

static void either_role_runs_on_a_channel_of_another(void)
{
    pair outer;
    nest n = {.open = false};
    const pair_setup inside = {.payload = 50000, .seed = 7};
    const pair_setup outside = {.user = &n, .on_event = carry_inner, .on_round = pump_inner};
    pair_make(&n.inner, &inside);
    CU_ASSERT_EQUAL_FATAL(n.inner.start, CLEAT_OK);
    pair_run(&outer, &outside);
    CU_ASSERT_TRUE(pair_went_well(&n.inner));
    pair_free(&outer);
    pair_free(&n.inner);
}

void suite_order(void)
{
    CU_pSuite s = CU_add_suite("order", NULL, NULL);
    CU_add_test(s, "global_replies_leave_in_order", global_replies_leave_in_order);
    CU_add_test(s, "channel_replies_leave_in_order", channel_replies_leave_in_order);
    CU_add_test(s, "either_role_runs_on_a_channel_of_another",
                either_role_runs_on_a_channel_of_another);
}
