/* A wire that lies, in one packet of a login: nothing arrives changed, nothing is weakened, and
 * once packets are protected the receiver always notices. */
#include "wire.h"

#include "engine/conn_int.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>

enum { SEEDS = 10000, SEEDS_QUICK = 1000, PACKETS = 34 };

static const struct {
    const char *cipher, *mac, *compression;
} shapes[] = {
    {"chacha20-poly1305@openssh.com", NULL, NULL},
    {"aes128-gcm@openssh.com", NULL, "zlib@openssh.com"},
    {"aes128-ctr", "umac-64-etm@openssh.com", NULL},
    {"aes256-ctr", "hmac-sha2-256", "zlib"},
    {"aes128-ctr", "umac-128@openssh.com", NULL},
    {"aes256-cbc", "hmac-sha2-512-etm@openssh.com", NULL},
    {"3des-cbc", "hmac-sha1", NULL},
};

enum { SHAPES = sizeof shapes / sizeof *shapes };

static bool is_bounded(pair *p)
{
    return p->rounds < 400;
}

static pair_setup setup_of(uint32_t seed, wire *w)
{
    size_t shape = seed / WIRE_FAULTS % SHAPES;
    return (pair_setup){.payload = 3000,
                        .seed = seed,
                        .user = w,
                        .on_wire = wire_carry,
                        .on_round = is_bounded,
                        .lists = {[CLEAT_ALG_CIPHER] = shapes[shape].cipher,
                                  [CLEAT_ALG_MAC] = shapes[shape].mac,
                                  [CLEAT_ALG_COMPRESSION] = shapes[shape].compression,
                                  [CLEAT_ALG_KEX] = "curve25519-sha256"}};
}

static bool is_weaker(const pair *p, const pair_side *side)
{
    const cleat_conn *c = side->conn;
    return side->events[CLEAT_EV_AUTH_SUCCESS] &&
           (!cleat_conn_negotiated(c).strict ||
            !cleat_slice_equal(cleat_conn_session_id(p->client.conn),
                               cleat_conn_session_id(p->server.conn)) ||
            !cleat_slice_equal(cleat_conn_host_key(p->client.conn), cleat_key_blob(p->host_key)));
}

/* Under keys nothing may be accepted from the fault on. */
static bool was_accepted(const pair *p, const wire *w)
{
    const cleat_conn *to = (w->to_server ? &p->server : &p->client)->conn;
    return w->done && w->sealed && w->fault != WIRE_NONE && to->rx.packets > w->good;
}

/* The receiver ends, unless the fault made it wait for the rest of a packet: where the length is
 * encrypted it must not tell a wrong one from a long packet at once. */
static bool went_unnoticed(const pair *p, const wire *w)
{
    const pair_side *to = w->to_server ? &p->server : &p->client;
    bool waits = to->conn->rx.end > to->conn->rx.start;
    return w->done && w->sealed && w->seen && !to->closed && !waits;
}

static bool is_harmed(const pair *p, const wire *w)
{
    bool untouched = w->fault == WIRE_NONE || !w->done;
    return !p->intact || is_weaker(p, &p->client) || is_weaker(p, &p->server) ||
           was_accepted(p, w) || went_unnoticed(p, w) || (untouched && !pair_went_well(p));
}

static uint32_t number_from(const char *variable, uint32_t standard)
{
    const char *text = getenv(variable);
    return text ? (uint32_t)strtoul(text, NULL, 10) : standard;
}

static void a_lying_wire_changes_nothing(void)
{
    uint32_t first = number_from("CLEAT_SEED", 1);
    uint32_t count = number_from("CLEAT_SEEDS", pair_tests_are_full() ? SEEDS : SEEDS_QUICK);
    unsigned reached = 0;
    static wire w;
    printf("seeds %u to %u; CLEAT_SEED and CLEAT_SEEDS choose others\n", first, first + count - 1);
    for (uint32_t seed = first; seed < first + count; seed++) {
        pair p;
        const pair_setup setup = setup_of(seed, &w);
        uint32_t noise = seed * 2654435761u + 1;
        wire_reset(&w, (wire_fault)(seed % WIRE_FAULTS), pair_noise(&noise) % PACKETS, noise);
        pair_run(&p, &setup);
        bool harmed = is_harmed(&p, &w);
        CU_ASSERT_FALSE(harmed);
        if (harmed)
            printf("seed %u: fault %d in packet %u: client: %s, server: %s\n", seed, (int)w.fault,
                   w.at, p.client.end_text, p.server.end_text);
        reached += w.done;
        pair_free(&p);
    }
    /* Most faults must have hit something. */
    CU_ASSERT_TRUE(reached > count / 2);
}

void suite_wire(void)
{
    CU_pSuite s = CU_add_suite("wire", NULL, NULL);
    CU_add_test(s, "a_lying_wire_changes_nothing", a_lying_wire_changes_nothing);
}
