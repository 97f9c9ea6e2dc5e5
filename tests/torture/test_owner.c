/* Owners that give up, answer late, twice or never: at every event and for every kind of query. */
#include "support/pair.h"

#include <CUnit/CUnit.h>
#include <stdio.h>

typedef struct plan {
    cleat_role role;
    unsigned at, count; /* the at-th event of that side */
    bool reached;
    cleat_event_type type; /* of the query that is not answered */
} plan;

static bool is_bounded(pair *p)
{
    return p->rounds < 400;
}

/* Every kind of query occurs. */
static pair_setup everything(plan *user)
{
    return (pair_setup){.method = "all",
                        .every_query = true,
                        .payload = 100,
                        .user = user,
                        .on_round = is_bounded,
                        .lists = {[CLEAT_ALG_KEX] = "diffie-hellman-group-exchange-sha256",
                                  [CLEAT_ALG_CIPHER] = "aes128-gcm@openssh.com"}};
}

static bool is_due(plan *n, cleat_conn *c)
{
    return cleat_conn_role(c) == n->role && n->count++ == n->at;
}

/* ---- giving up ---- */

static bool disconnect_here(pair *p, cleat_conn *c, const cleat_event *ev)
{
    plan *n = p->setup->user;
    (void)ev;
    if (is_due(n, c)) {
        n->reached = true;
        cleat_conn_disconnect(c, 11, "cancelled");
    }
    return false;
}

static bool free_here(pair *p, cleat_conn *c, const cleat_event *ev)
{
    plan *n = p->setup->user;
    pair_side *side = c == p->client.conn ? &p->client : &p->server;
    (void)ev;
    if (!is_due(n, c))
        return false;
    n->reached = true;
    cleat_conn_free(c);
    side->conn = NULL;
    return true;
}

/* Ends one side at each of its events in turn; returns how many it had. */
static unsigned give_up(cleat_role role, bool (*how)(pair *p, cleat_conn *c, const cleat_event *ev))
{
    unsigned at = 0;
    for (bool reached = true; reached; at++) {
        pair p;
        plan n = {.role = role, .at = at};
        pair_setup setup = everything(&n);
        setup.on_event = how;
        pair_run(&p, &setup);
        reached = n.reached;
        CU_ASSERT_TRUE(p.intact);
        CU_ASSERT_TRUE(how == free_here || (p.client.closed && p.server.closed));
        CU_ASSERT_TRUE(reached ? !pair_went_well(&p) || p.server.closed : pair_went_well(&p));
        pair_free(&p);
    }
    return at;
}

static void disconnect_after_every_event(void)
{
    CU_ASSERT_TRUE(give_up(CLEAT_CLIENT, disconnect_here) > 20);
    CU_ASSERT_TRUE(give_up(CLEAT_SERVER, disconnect_here) > 20);
}

static void free_after_every_event(void)
{
    CU_ASSERT_TRUE(give_up(CLEAT_CLIENT, free_here) > 20);
    CU_ASSERT_TRUE(give_up(CLEAT_SERVER, free_here) > 20);
}

/* ---- answers ---- */

static void expect_every_query(const pair *p)
{
    const unsigned *client = p->client.events;
    const unsigned *server = p->server.events;
    CU_ASSERT_TRUE(pair_went_well(p));
    CU_ASSERT_EQUAL(client[CLEAT_EV_HOSTKEY], 1);
    CU_ASSERT_EQUAL(client[CLEAT_EV_SIGN], 1);
    CU_ASSERT_EQUAL(client[CLEAT_EV_AUTH_PROMPT], 2);
    CU_ASSERT_EQUAL(client[CLEAT_EV_AUTH_CHANGE], 1);
    CU_ASSERT_EQUAL(client[CLEAT_EV_GLOBAL_REQUEST], 2);
    CU_ASSERT_EQUAL(client[CLEAT_EV_GLOBAL_REPLY], 2);
    CU_ASSERT_EQUAL(client[CLEAT_EV_HOSTKEYS_PROVED], 1);
    CU_ASSERT_EQUAL(server[CLEAT_EV_DH_GROUP], 1);
    CU_ASSERT_EQUAL(server[CLEAT_EV_SIGN], 3); /* the exchange, and the proof of two keys */
    CU_ASSERT_TRUE(server[CLEAT_EV_AUTH_REQUEST] >= 7);
    CU_ASSERT_EQUAL(server[CLEAT_EV_CHANNEL_OPEN], 1);
    CU_ASSERT_EQUAL(server[CLEAT_EV_CHANNEL_REQUEST], 1);
    CU_ASSERT_EQUAL(server[CLEAT_EV_GLOBAL_REQUEST], 2);
    CU_ASSERT_EQUAL(server[CLEAT_EV_GLOBAL_REPLY], 2);
}

static void every_query_answered_late_and_twice(void)
{
    for (unsigned late = 0; late < 12; late++) {
        pair p;
        pair_setup setup = everything(NULL);
        setup.late = late;
        setup.answer_twice = true;
        pair_run(&p, &setup);
        expect_every_query(&p);
        pair_free(&p);
    }
}

/* Keeps the at-th query of a side from being answered. */
static bool never_answer(pair *p, cleat_conn *c, const cleat_event *ev)
{
    plan *n = p->setup->user;
    if (!ev->query || !is_due(n, c))
        return false;
    n->reached = true;
    n->type = ev->type;
    return true;
}

static bool is_about_channels(cleat_event_type type)
{
    return type >= CLEAT_EV_CHANNEL_OPENED;
}

/* The one that waits keeps to its own: before the login the deadline ends it, afterwards everything
 * else goes on, which a question and its answer show. */
static void expect_alive_or_timed_out(pair *p, const plan *n)
{
    cleat_conn *waiting = n->role == CLEAT_CLIENT ? p->client.conn : p->server.conn;
    if (cleat_conn_is_closed(waiting))
        return;
    if (!is_about_channels(n->type) && !cleat_conn_is_authenticated(p->server.conn)) {
        p->now += 60000;
        cleat_conn_tick(p->server.conn, p->now);
        CU_ASSERT_EQUAL(cleat_conn_error(p->server.conn)->status, CLEAT_E_TIMEOUT);
        return;
    }
    unsigned pongs = p->client.events[CLEAT_EV_PONG];
    CU_ASSERT_EQUAL(cleat_conn_ping(p->client.conn, cleat_slice_of("there?")), CLEAT_OK);
    p->rounds = 0;
    pair_go(p);
    CU_ASSERT_EQUAL(p->client.events[CLEAT_EV_PONG], pongs + 1);
}

static unsigned never(cleat_role role)
{
    unsigned at = 0;
    for (bool reached = true; reached; at++) {
        pair p;
        plan n = {.role = role, .at = at};
        pair_setup setup = everything(&n);
        setup.on_event = never_answer;
        setup.server.handshake_ms = 50000;
        pair_run(&p, &setup);
        reached = n.reached;
        CU_ASSERT_TRUE(p.intact);
        if (reached)
            expect_alive_or_timed_out(&p, &n);
        pair_free(&p);
    }
    return at;
}

static void a_query_that_is_never_answered_harms_nobody(void)
{
    CU_ASSERT_TRUE(never(CLEAT_CLIENT) > 7);
    CU_ASSERT_TRUE(never(CLEAT_SERVER) > 15);
}

void suite_owner(void)
{
    CU_pSuite s = CU_add_suite("owner", NULL, NULL);
    CU_add_test(s, "disconnect_after_every_event", disconnect_after_every_event);
    CU_add_test(s, "free_after_every_event", free_after_every_event);
    CU_add_test(s, "every_query_answered_late_and_twice", every_query_answered_late_and_twice);
    CU_add_test(s, "a_query_that_is_never_answered_harms_nobody",
                a_query_that_is_never_answered_harms_nobody);
}
