/* A wire that lies, and memory and randomness that run out: whatever happens, both engines end with
 * a clear error or go on unharmed; nothing arrives changed. */
#include "support/pair.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct noise {
    uint32_t state;
    unsigned at, count; /* the n-th delivery is damaged */
} noise;

static void damage(pair *p, bool to_server, uint8_t *bytes, size_t *len, size_t room)
{
    noise *n = p->setup->user;
    (void)to_server;
    if (n->count++ != n->at)
        return;
    size_t where = pair_noise(&n->state) % *len;
    switch (pair_noise(&n->state) % 4) {
    case 0:
        bytes[where] = (uint8_t)(bytes[where] ^ (1u << (pair_noise(&n->state) % 8)));
        break;
    case 1:
        memmove(bytes + where, bytes + where + 1, *len - where - 1);
        --*len;
        break;
    case 2:
        if (*len * 2 <= room) {
            memmove(bytes + *len, bytes, *len);
            *len *= 2;
        }
        break;
    default:
        if (where) {
            uint8_t swapped = bytes[where];
            bytes[where] = bytes[where - 1];
            bytes[where - 1] = swapped;
        }
        break;
    }
}

static bool bounded(pair *p)
{
    return p->rounds < 400;
}

/* Echoed bytes are checked one by one: a changed one would make `intact` false. */
static void a_lying_wire_changes_nothing(void)
{
    static const char *const ciphers[] = {"chacha20-poly1305@openssh.com", "aes128-gcm@openssh.com",
                                          "aes128-ctr", "aes256-cbc"};
    for (uint32_t seed = 0; seed < 2000; seed++) {
        pair p;
        noise n = {.state = seed * 2654435761u + 1, .at = seed % 23};
        const pair_setup setup = {
            .payload = 3000,
            .seed = seed,
            .user = &n,
            .on_wire = damage,
            .on_round = bounded,
            .lists = {
                [CLEAT_ALG_CIPHER] = ciphers[seed % 4], [CLEAT_ALG_KEX] = "curve25519-sha256"}};
        pair_run(&p, &setup);
        CU_ASSERT_TRUE(p.intact);
        if (!p.intact)
            printf("seed %u\n", seed);
        pair_free(&p);
    }
}

typedef struct failing {
    unsigned long count, fail_at;
} failing;

static void *failing_resize(void *user, void *old, size_t size)
{
    failing *f = user;
    if (++f->count == f->fail_at)
        return NULL;
    return realloc(old, size);
}

static void failing_release(void *user, void *block)
{
    (void)user;
    free(block);
}

/* The n-th allocation fails, for every n: a status, never a crash, never a leak. */
static void every_allocation_can_fail(void)
{
    failing f = {0, 0};
    const cleat_allocator allocator = {sizeof allocator, &f, failing_resize, failing_release};
    const pair_setup setup = {.payload = 100,
                              .allocator = &allocator,
                              .on_round = bounded,
                              .lists = {[CLEAT_ALG_KEX] = "curve25519-sha256"}};
    pair p;
    pair_run(&p, &setup);
    CU_ASSERT_TRUE(pair_went_well(&p));
    pair_free(&p);
    unsigned long total = f.count;
    CU_ASSERT_TRUE(total > 100);
    for (unsigned long n = 1; n <= total; n++) {
        f = (failing){0, n};
        pair_run(&p, &setup);
        CU_ASSERT_TRUE(p.intact);
        pair_free(&p);
    }
}

static cleat_status failing_fill(void *user, uint8_t *out, size_t len)
{
    failing *f = user;
    if (++f->count == f->fail_at)
        return CLEAT_E_RANDOM;
    memset(out, (int)(f->count & 0xFF), len);
    return CLEAT_OK;
}

static void every_random_draw_can_fail(void)
{
    failing f = {0, 0};
    const cleat_random random = {sizeof random, &f, failing_fill};
    const pair_setup setup = {.payload = 100,
                              .random = &random,
                              .on_round = bounded,
                              .lists = {[CLEAT_ALG_KEX] = "curve25519-sha256"}};
    pair p;
    pair_run(&p, &setup);
    CU_ASSERT_TRUE(pair_went_well(&p));
    pair_free(&p);
    unsigned long total = f.count;
    for (unsigned long n = 1; n <= total; n++) {
        f = (failing){0, n};
        pair_run(&p, &setup);
        CU_ASSERT_FALSE(pair_went_well(&p));
        pair_free(&p);
    }
}

static bool stop_at(pair *p, cleat_conn *c, const cleat_event *ev)
{
    noise *n = p->setup->user;
    (void)ev;
    if (n->count++ == n->at)
        cleat_conn_disconnect(c, 11, "cancelled");
    return false;
}

static void cancel_after_every_event(void)
{
    for (unsigned at = 0; at < 60; at++) {
        pair p;
        noise n = {.at = at};
        const pair_setup setup = {.payload = 100,
                                  .user = &n,
                                  .on_event = stop_at,
                                  .on_round = bounded,
                                  .lists = {[CLEAT_ALG_KEX] = "curve25519-sha256"}};
        pair_run(&p, &setup);
        CU_ASSERT_TRUE(p.intact);
        CU_ASSERT_TRUE(p.client.closed && p.server.closed);
        pair_free(&p);
    }
}

static bool answer_nothing(pair *p, cleat_conn *c, const cleat_event *ev)
{
    noise *n = p->setup->user;
    (void)c;
    return ev->query && n->count++ == n->at;
}

static void a_query_that_is_never_answered_harms_nobody(void)
{
    for (unsigned at = 0; at < 8; at++) {
        pair p;
        noise n = {.at = at};
        const pair_setup setup = {.payload = 100,
                                  .user = &n,
                                  .on_event = answer_nothing,
                                  .on_round = bounded,
                                  .lists = {[CLEAT_ALG_KEX] = "curve25519-sha256"}};
        pair_run(&p, &setup);
        CU_ASSERT_TRUE(p.intact);
        pair_free(&p);
    }
}

void suite_faults(void)
{
    CU_pSuite s = CU_add_suite("faults", NULL, NULL);
    CU_add_test(s, "a_lying_wire_changes_nothing", a_lying_wire_changes_nothing);
    CU_add_test(s, "every_allocation_can_fail", every_allocation_can_fail);
    CU_add_test(s, "every_random_draw_can_fail", every_random_draw_can_fail);
    CU_add_test(s, "cancel_after_every_event", cancel_after_every_event);
    CU_add_test(s, "a_query_that_is_never_answered_harms_nobody",
                a_query_that_is_never_answered_harms_nobody);
}
