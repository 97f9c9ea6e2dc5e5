/* Memory, randomness and the crypto library give out, at every point of a dialogue in turn: the
 * status says which, nothing leaks, nothing crashes, and nobody is let in who should not be. */
#include "crypto_faults.h"
#include "support/pair.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct source {
    unsigned long count, fail_at; /* the fail_at-th use fails */
    long live;                    /* blocks */
} source;

static source memory, chance;

static void *failing_resize(void *user, void *old, size_t size)
{
    source *s = user;
    if (++s->count == s->fail_at)
        return NULL;
    void *block = realloc(old, size);
    s->live += block && !old;
    return block;
}

static void failing_release(void *user, void *block)
{
    source *s = user;
    s->live -= block != NULL;
    free(block);
}

static cleat_status failing_fill(void *user, uint8_t *out, size_t len)
{
    source *s = user;
    if (++s->count == s->fail_at)
        return CLEAT_E_RANDOM;
    memset(out, (int)(s->count & 0xFF), len);
    return CLEAT_OK;
}

static const cleat_allocator allocator = {sizeof allocator, &memory, failing_resize,
                                          failing_release};
static const cleat_random randomness = {sizeof randomness, &chance, failing_fill};

static bool is_bounded(pair *p)
{
    return p->rounds < 400;
}

/* Between them they reach every kind of query, key exchange and protection. Of those behind the
 * first WHOLE only the exchange is of interest. */
enum { WHOLE = 4 };

static const pair_setup dialogues[] = {
    {.method = "all",
     .every_query = true,
     .payload = 100,
     .lists = {[CLEAT_ALG_KEX] = "curve25519-sha256"}},
    {.payload = 100,
     .user_key = "ecdsa",
     .lists = {[CLEAT_ALG_KEX] = "diffie-hellman-group14-sha256",
               [CLEAT_ALG_CIPHER] = "aes128-ctr",
               [CLEAT_ALG_MAC] = "umac-64-etm@openssh.com",
               [CLEAT_ALG_COMPRESSION] = "zlib@openssh.com",
               [CLEAT_ALG_PUBKEY] = "*"}},
    {.payload = 100,
     .host_key = "ecdsa",
     .host_key_bits = 384,
     .user_key = "ed448",
     .lists = {[CLEAT_ALG_KEX] = "ecdh-sha2-nistp256",
               [CLEAT_ALG_CIPHER] = "aes256-cbc",
               [CLEAT_ALG_MAC] = "hmac-sha2-256",
               [CLEAT_ALG_HOSTKEY] = "*",
               [CLEAT_ALG_PUBKEY] = "*"}},
    {.payload = 100,
     .lists = {[CLEAT_ALG_KEX] = "diffie-hellman-group-exchange-sha256",
               [CLEAT_ALG_CIPHER] = "aes128-gcm@openssh.com"}},
    {.payload = 100, .lists = {[CLEAT_ALG_KEX] = "mlkem768x25519-sha256"}},
    {.payload = 100, .lists = {[CLEAT_ALG_KEX] = "mlkem768nistp256-sha256"}},
    {.payload = 100, .lists = {[CLEAT_ALG_KEX] = "sntrup761x25519-sha512"}},
    {.payload = 100, .lists = {[CLEAT_ALG_KEX] = "curve448-sha512"}},
    {.payload = 100, .lists = {[CLEAT_ALG_KEX] = "rsa2048-sha256"}},
};

enum { DIALOGUES = sizeof dialogues / sizeof *dialogues };

typedef struct counts {
    unsigned long allocations, draws, calls;
} counts;

static counts now(void)
{
    return (counts){memory.count, chance.count, crypto_faults_count()};
}

static counts before_exchange, after_exchange;

static bool note_exchange(pair *p, cleat_conn *c, const cleat_event *ev)
{
    (void)c;
    if (ev->type == CLEAT_EV_VERSION && !p->client.events[CLEAT_EV_NEGOTIATED])
        before_exchange = now();
    if (ev->type == CLEAT_EV_NEWKEYS)
        after_exchange = now();
    return false;
}

static void run(pair *p, size_t dialogue)
{
    static pair_setup setup;
    setup = dialogues[dialogue];
    setup.allocator = &allocator;
    setup.random = &randomness;
    setup.on_round = is_bounded;
    setup.on_event = note_exchange;
    pair_run(p, &setup);
}

static void arm(unsigned long allocation, unsigned long draw, unsigned long call)
{
    memory = (source){.fail_at = allocation};
    chance = (source){.fail_at = draw};
    crypto_faults_arm(call);
}

/* Runs the dialogue untouched: from where to where the uses are to fail. */
static void survey(size_t dialogue, counts *first, counts *last, unsigned *tries)
{
    pair p;
    arm(0, 0, 0);
    run(&p, dialogue);
    bool whole = dialogue < WHOLE;
    *first = whole ? (counts){1, 1, 1} : before_exchange;
    *last = whole ? now() : after_exchange;
    *tries = p.client.events[CLEAT_EV_AUTH_NEXT];
    CU_ASSERT_TRUE(pair_went_well(&p));
    CU_ASSERT_TRUE(last->allocations > first->allocations && last->draws > first->draws &&
                   last->calls > first->calls);
    pair_free(&p);
    CU_ASSERT_EQUAL(memory.live, 0);
}

/* One of the three is what the failure must have come out as. */
static bool ended_with(const pair *p, cleat_status st)
{
    const cleat_error *client = p->client.conn ? cleat_conn_error(p->client.conn) : NULL;
    const cleat_error *server = p->server.conn ? cleat_conn_error(p->server.conn) : NULL;
    return p->start == st || p->owner == st || (client && client->status == st) ||
           (server && server->status == st);
}

/* Logged in means: with the host's own key, over a session both know. */
static bool is_weaker(const pair *p)
{
    return p->client.events[CLEAT_EV_AUTH_SUCCESS] &&
           (!cleat_conn_negotiated(p->client.conn).strict ||
            !cleat_slice_equal(cleat_conn_session_id(p->client.conn),
                               cleat_conn_session_id(p->server.conn)) ||
            !cleat_slice_equal(cleat_conn_host_key(p->client.conn), cleat_key_blob(p->host_key)));
}

static void expect_safe(pair *p, bool right_status, size_t dialogue, unsigned long n,
                        const char *what)
{
    bool safe = p->intact && !is_weaker(p) && right_status;
    CU_ASSERT_TRUE(safe);
    if (!safe)
        printf("dialogue %zu, %s %lu: start %s, client: %s, server: %s\n", dialogue, what, n,
               cleat_status_name(p->start), p->client.end_text, p->server.end_text);
    pair_free(p);
    CU_ASSERT_EQUAL(memory.live, 0);
}

/* The goodbye could not be sent: the connection ends without it. */
static bool left_silently(const pair *p)
{
    return p->client.end == CLEAT_OK && p->server.end == CLEAT_E_EOF;
}

static void every_allocation_can_fail(void)
{
    for (size_t d = 0; d < DIALOGUES; d++) {
        pair p;
        counts first;
        counts last;
        unsigned tries;
        survey(d, &first, &last, &tries);
        for (unsigned long n = first.allocations; n <= last.allocations; n++) {
            arm(n, 0, 0);
            run(&p, d);
            bool right = ended_with(&p, CLEAT_E_NOMEM) || pair_went_well(&p) || left_silently(&p);
            expect_safe(&p, right, d, n, "allocation");
        }
    }
}

static void every_random_draw_can_fail(void)
{
    for (size_t d = 0; d < DIALOGUES; d++) {
        pair p;
        counts first;
        counts last;
        unsigned tries;
        survey(d, &first, &last, &tries);
        for (unsigned long n = first.draws; n <= last.draws; n++) {
            arm(0, n, 0);
            run(&p, d);
            expect_safe(&p, ended_with(&p, CLEAT_E_RANDOM) && !pair_went_well(&p), d, n, "draw");
        }
    }
}

/* These calls fail for bad input too, and the engine cannot tell which it was. */
static bool judges_input(const char *call)
{
    static const char *const calls[] = {"EVP_DigestVerify",     "EVP_PKEY_fromdata",
                                        "EVP_PKEY_derive",      "EVP_PKEY_derive_set_peer_ex",
                                        "EVP_PKEY_decrypt",     "EC_POINT_oct2point",
                                        "EVP_PKEY_derive_init", "inflate",
                                        "EVP_DecryptFinal_ex",  "deflate"};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        if (strcmp(call, calls[i]) == 0)
            return true;
    }
    return false;
}

/* A key that could not be read or checked is refused like a wrong one, and tried again. */
static bool was_refused(const pair *p, const unsigned tries)
{
    return p->client.events[CLEAT_EV_AUTH_NEXT] > tries ||
           (p->client.events[CLEAT_EV_HOSTKEYS] && !p->client.events[CLEAT_EV_HOSTKEYS_PROVED]);
}

static bool ended_rightly(const pair *p, unsigned tries)
{
    static const cleat_status bad_input[] = {CLEAT_E_KEX, CLEAT_E_KEY_FORMAT, CLEAT_E_SIGNATURE,
                                             CLEAT_E_MAC, CLEAT_E_COMPRESSION};
    for (size_t i = 0; i < 5 && judges_input(crypto_faults_name()); i++) {
        if (ended_with(p, bad_input[i]))
            return true;
    }
    return ended_with(p, CLEAT_E_CRYPTO) || ended_with(p, CLEAT_E_NOMEM) ||
           ended_with(p, CLEAT_E_UNSUPPORTED) || was_refused(p, tries) ||
           (pair_went_well(p) && strcmp(crypto_faults_name(), "EVP_MD_fetch") == 0); /* MD5 */
}

static void every_crypto_call_can_fail(void)
{
    unsigned step = pair_tests_are_full() ? 1 : 7;
    for (size_t d = 0; d < DIALOGUES; d++) {
        pair p;
        counts first;
        counts last;
        unsigned tries;
        survey(d, &first, &last, &tries);
        for (unsigned long n = first.calls; n <= last.calls; n += step) {
            arm(0, 0, n);
            run(&p, d);
            expect_safe(&p, ended_rightly(&p, tries), d, n, crypto_faults_name());
        }
    }
}

void suite_exhaust(void)
{
    CU_pSuite s = CU_add_suite("exhaust", NULL, NULL);
    CU_add_test(s, "every_allocation_can_fail", every_allocation_can_fail);
    CU_add_test(s, "every_random_draw_can_fail", every_random_draw_can_fail);
    CU_add_test(s, "every_crypto_call_can_fail", every_crypto_call_can_fail);
}
