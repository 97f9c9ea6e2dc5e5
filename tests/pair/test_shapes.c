/* The defaults and one pair of rows for each way in which packets are protected: cut at every size,
 * and with keys changed at every packet and at every event. */
#include "support/pair.h"

#include "engine/conn_int.h"

#include <CUnit/CUnit.h>
#include <stdio.h>

typedef struct shape {
    const char *kex, *cipher, *mac, *compression;
} shape;

static const shape shapes[] = {
    {NULL, NULL, NULL, NULL},
    {"curve25519-sha256", "chacha20-poly1305@openssh.com", NULL, NULL},
    {"curve25519-sha256", "aes256-gcm@openssh.com", NULL, "zlib@openssh.com"},
    {"curve25519-sha256", "aes128-ctr", "umac-128-etm@openssh.com", NULL},
    {"curve25519-sha256", "aes256-ctr", "hmac-sha2-512", "zlib"},
    {"curve25519-sha256", "aes192-ctr", "umac-64@openssh.com", NULL},
    {"curve25519-sha256", "aes128-cbc", "hmac-sha2-256-etm@openssh.com", NULL},
    {"curve25519-sha256", "3des-cbc", "hmac-sha1", "zlib@openssh.com"},
};

enum { SHAPES = sizeof shapes / sizeof *shapes };

static pair_setup setup_of(size_t i)
{
    return (pair_setup){.payload = 500,
                        .lists = {[CLEAT_ALG_KEX] = shapes[i].kex,
                                  [CLEAT_ALG_CIPHER] = shapes[i].cipher,
                                  [CLEAT_ALG_MAC] = shapes[i].mac,
                                  [CLEAT_ALG_COMPRESSION] = shapes[i].compression}};
}

static size_t shapes_to_run(void)
{
    return pair_tests_are_short() ? 0 : SHAPES;
}

static void expect_well(const pair_setup *setup, size_t i, size_t n)
{
    pair p;
    pair_run(&p, setup);
    bool well = pair_went_well(&p);
    CU_ASSERT_TRUE(well);
    if (!well)
        printf("shape %zu, %zu: client: %s, server: %s\n", i, n, p.client.end_text,
               p.server.end_text);
    pair_free(&p);
}

/* Beyond the largest head and tag of a packet sizes only differ by whole packets. */
static void every_split_size_gives_the_same(void)
{
    size_t step = pair_tests_are_full() ? 1 : 5;
    for (size_t i = 0; i < shapes_to_run(); i++) {
        for (size_t split = 1; split <= 160; split += step) {
            pair_setup setup = setup_of(i);
            setup.split = split;
            expect_well(&setup, i, split);
        }
    }
}

/* One byte is less than any packet: each one sent or received asks for new keys. */
static void a_rekey_at_every_packet(void)
{
    for (size_t i = 0; i < shapes_to_run(); i++) {
        for (size_t who = 1; who <= 3; who++) {
            pair_setup setup = setup_of(i);
            setup.payload = 20000;
            setup.client.rekey_bytes = who & 1 ? 1 : 0;
            setup.server.rekey_bytes = who & 2 ? 1 : 0;
            expect_well(&setup, i, who);
        }
    }
}

typedef struct moment {
    cleat_role who;
    unsigned at, count;
    bool reached;
} moment;

static bool rekey_here(pair *p, cleat_conn *c, const cleat_event *ev)
{
    moment *m = p->setup->user;
    (void)ev;
    bool ours = cleat_conn_role(c) == m->who && cleat_conn_is_authenticated(c);
    if (ours && m->count++ == m->at) {
        m->reached = true;
        cleat_status st = cleat_conn_rekey(c);
        CU_ASSERT_TRUE(st == CLEAT_OK || cleat_conn_is_closed(c));
    }
    return false;
}

static void rekey_at_events(size_t i, cleat_role who)
{
    moment m = {.reached = true};
    for (unsigned at = 0; m.reached; at++) {
        pair_setup setup = setup_of(i);
        m = (moment){.who = who, .at = at};
        setup.method = "all";
        setup.every_query = true;
        setup.user = &m;
        setup.on_event = rekey_here;
        expect_well(&setup, i, at);
    }
}

static void a_rekey_at_every_event(void)
{
    for (size_t i = 1; i < shapes_to_run(); i++) {
        rekey_at_events(i, CLEAT_CLIENT);
        rekey_at_events(i, CLEAT_SERVER);
    }
}

/* We never change keys while a user logs in, others may: here a client that has asked already. */
static bool client_rekeys_here(pair *p, cleat_conn *c, const cleat_event *ev)
{
    moment *m = p->setup->user;
    if (c == p->server.conn && ev->type == CLEAT_EV_AUTH_REQUEST && m->count++ == m->at) {
        m->reached = true;
        CU_ASSERT_EQUAL(cleat_conn_rekey(p->client.conn), CLEAT_E_BAD_CALL);
        CU_ASSERT_EQUAL(cl_kexer_start(&p->client.conn->kx), CLEAT_OK);
    }
    return false;
}

/* The answers fall into the exchange and behind it. (Earlier ones would cross it, which a protocol
 * with delayed compression cannot bear, and which is why our clients do not.) */
static void rekey_during_requests(size_t i, unsigned late)
{
    moment m = {.reached = true};
    for (unsigned at = 0; m.reached; at++) {
        pair_setup setup = setup_of(i);
        m = (moment){.at = at};
        setup.method = "all";
        setup.late = late;
        setup.user = &m;
        setup.on_event = client_rekeys_here;
        expect_well(&setup, i, at);
    }
}

static void a_rekey_during_every_authentication_request(void)
{
    for (size_t i = 1; i < shapes_to_run(); i++) {
        for (unsigned late = 1; late < 6; late++)
            rekey_during_requests(i, late);
    }
}

void suite_shapes(void)
{
    CU_pSuite s = CU_add_suite("shapes", NULL, NULL);
    CU_add_test(s, "every_split_size_gives_the_same", every_split_size_gives_the_same);
    CU_add_test(s, "a_rekey_at_every_packet", a_rekey_at_every_packet);
    CU_add_test(s, "a_rekey_at_every_event", a_rekey_at_every_event);
    CU_add_test(s, "a_rekey_during_every_authentication_request",
                a_rekey_during_every_authentication_request);
}
