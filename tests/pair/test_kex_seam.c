/* The seam for methods that bring their own dialogue: here one of three rounds that proves the host
 * by a secret that both ends share and needs no host key, started by either side (gssapi-keyex has
 * this shape, RFC 4462 §2.1). Not a method for the world: it exists only in this test. */
#include "support/pair.h"

#include "transport/kex.h"
#include "wire/reader.h"
#include "wire/writer.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

enum { ROUNDS = 3, FIRST_NUMBER = 30, NONCE_LEN = 32 };

static const char shared_by_both[] = "what host and client know";

/* Both sides' nonces in turn; whoever speaks last is decided by who began. `ours` holds what has
 * been said, by whomever: the transcript. */
static cleat_status say(cl_kexer *kx)
{
    uint8_t nonce[NONCE_LEN];
    cl_buf m = CL_BUF(kx->env->mem);
    cleat_status st = cl_random_fill(kx->env, nonce, sizeof nonce);
    if (st != CLEAT_OK)
        return st;
    cl_put_u8(&m, (uint8_t)(FIRST_NUMBER + kx->step));
    cl_put_string(&m, cl_slice(nonce, sizeof nonce));
    cl_buf_add(&kx->ours, nonce, sizeof nonce);
    kx->step++;
    return cl_kexer_send(kx, &m);
}

/* The last message of each side proves that it knows the secret. */
static cleat_status proof(const cl_kexer *kx, uint8_t by_server, uint8_t *out)
{
    const cleat_slice parts[] = {cl_slice(&by_server, 1), cl_buf_slice(&kx->ours),
                                 cleat_slice_of(shared_by_both)};
    return cl_hash_once(kx->env->hashes, CL_SHA256, parts, 3, out);
}

static cleat_status prove(cl_kexer *kx)
{
    uint8_t tag[CL_HASH_MAX];
    cl_buf m = CL_BUF(kx->env->mem);
    cleat_status st = proof(kx, kx->role == CLEAT_SERVER, tag);
    if (st != CLEAT_OK)
        return st;
    cl_put_u8(&m, FIRST_NUMBER + 2 * ROUNDS);
    cl_put_string(&m, cl_slice(tag, cl_hash_len(CL_SHA256)));
    return cl_kexer_send(kx, &m);
}

static cleat_status derive(cl_kexer *kx)
{
    cl_secret k = {0};
    cleat_status st = cl_secret_init(&k, kx->env->mem, CL_HASH_MAX);
    if (st == CLEAT_OK)
        st = proof(kx, 2, k.data);
    k.len = st == CLEAT_OK ? cl_hash_len(CL_SHA256) : 0;
    if (st == CLEAT_OK)
        st = cl_kexer_set_hash(kx, cl_buf_slice(&kx->ours), &k);
    cl_secret_free(&k);
    if (st == CLEAT_OK)
        kx->want = CL_KEX_READY;
    return st;
}

static cleat_status check(cl_kexer *kx, cleat_slice tag)
{
    uint8_t expected[CL_HASH_MAX];
    cleat_status st = proof(kx, kx->role == CLEAT_CLIENT, expected);
    if (st != CLEAT_OK)
        return st;
    return cleat_slice_equal(tag, cl_slice(expected, cl_hash_len(CL_SHA256))) ? CLEAT_OK
                                                                              : CLEAT_E_KEX;
}

static bool begins(const cl_kexer *kx)
{
    bool server_begins = strcmp(kx->choice.kex->params, "server") == 0;
    return server_begins == (kx->role == CLEAT_SERVER);
}

static cleat_status begin(cl_kexer *kx)
{
    kx->step = 0;
    cl_buf_reset(&kx->ours);
    cl_buf_reset(&kx->host_key);
    return begins(kx) ? say(kx) : CLEAT_OK;
}

/* After 2 * ROUNDS nonces the one who began proves itself, then the other. */
static cleat_status on_nonce(cl_kexer *kx, cleat_slice nonce)
{
    cl_buf_add_slice(&kx->ours, nonce);
    kx->step++;
    if (kx->step == 2 * ROUNDS)
        return prove(kx);
    return say(kx);
}

static cleat_status on_proof(cl_kexer *kx, cleat_slice tag)
{
    cleat_status st = check(kx, tag);
    if (st == CLEAT_OK && !begins(kx))
        st = prove(kx);
    return st == CLEAT_OK ? derive(kx) : st;
}

static cleat_status message(cl_kexer *kx, uint8_t number, cleat_slice payload)
{
    cl_reader r = cl_reader_of(payload);
    cl_get_u8(&r);
    cleat_slice value = cl_get_string(&r);
    cleat_status st = cl_reader_done(&r);
    if (st != CLEAT_OK)
        return st;
    if (number == FIRST_NUMBER + 2 * ROUNDS && kx->step == 2 * ROUNDS)
        return on_proof(kx, value);
    if (number != FIRST_NUMBER + kx->step || kx->step == 2 * ROUNDS)
        return cl_kexer_unexpected(kx, number);
    return on_nonce(kx, value);
}

static const cl_dialog_ops dialog = {.begin = begin, .message = message};

static const cl_kex_alg client_begins = {.name = "three-rounds-client@example.org",
                                         .hash = CL_SHA256,
                                         .flags = CL_KEX_NO_HOST_KEY,
                                         .params = "client",
                                         .own_dialog = &dialog};
static const cl_kex_alg server_begins = {.name = "three-rounds-server@example.org",
                                         .hash = CL_SHA256,
                                         .flags = CL_KEX_NO_HOST_KEY,
                                         .params = "server",
                                         .own_dialog = &dialog};
static const cl_kex_alg *const rows[] = {&client_begins, &server_begins, NULL};

/* ---- the tests ---- */

static bool no_host_key_is_seen(pair *p, cleat_conn *c, const cleat_event *ev)
{
    if (ev->type != CLEAT_EV_AUTH_SUCCESS || c != p->client.conn)
        return false;
    cleat_conn *s = p->server.conn;
    CU_ASSERT_TRUE(cleat_conn_session_id(c).len > 0);
    CU_ASSERT_TRUE(cleat_slice_equal(cleat_conn_session_id(c), cleat_conn_session_id(s)));
    CU_ASSERT_EQUAL(cleat_conn_host_key(c).len, 0);
    CU_ASSERT_EQUAL(cleat_conn_host_signature(c).len, 0);
    return false;
}

static void a_method_of_several_rounds_authenticates_the_host_without_a_key(void)
{
    for (size_t i = 0; rows[i]; i++) {
        pair p;
        const pair_setup setup = {.payload = 1000,
                                  .extra_kex = rows,
                                  .on_event = no_host_key_is_seen,
                                  .lists = {[CLEAT_ALG_KEX] = rows[i]->name}};
        pair_run(&p, &setup);
        CU_ASSERT_TRUE(pair_went_well(&p));
        CU_ASSERT_EQUAL(p.client.events[CLEAT_EV_HOSTKEY], 0);
        CU_ASSERT_EQUAL(p.server.events[CLEAT_EV_SIGN], 0);
        CU_ASSERT_STRING_EQUAL(cleat_conn_negotiated(p.client.conn).kex, rows[i]->name);
        CU_ASSERT_STRING_EQUAL(p.client.end_text, "");
        pair_free(&p);
    }
}

/* The exchange is repeated at every packet; the second method takes over from the first. */
static void such_a_method_also_rekeys(void)
{
    for (size_t i = 0; rows[i]; i++) {
        pair p;
        const pair_setup setup = {.payload = 1000,
                                  .extra_kex = rows,
                                  .client = {.rekey_bytes = 1},
                                  .lists = {[CLEAT_ALG_KEX] = rows[i]->name}};
        pair_run(&p, &setup);
        CU_ASSERT_TRUE(pair_went_well(&p));
        CU_ASSERT_TRUE(p.client.events[CLEAT_EV_NEWKEYS] > 3);
        pair_free(&p);
    }
}

/* A bit of a proof is changed on its way, which the peer must see. */
static void change_proof(pair *p, bool to_server, uint8_t *bytes, size_t *len, size_t room)
{
    (void)p;
    (void)to_server;
    (void)room;
    for (size_t i = 0; i + 12 < *len; i++) {
        if (bytes[i] == FIRST_NUMBER + 2 * ROUNDS && memcmp(bytes + i + 1, "\0\0\0\x20", 4) == 0)
            bytes[i + 10] ^= 1;
    }
}

static void a_host_that_does_not_know_the_secret_is_refused(void)
{
    for (size_t i = 0; rows[i]; i++) {
        pair p;
        const pair_setup setup = {
            .extra_kex = rows, .on_wire = change_proof, .lists = {[CLEAT_ALG_KEX] = rows[i]->name}};
        pair_run(&p, &setup);
        CU_ASSERT_EQUAL(p.client.events[CLEAT_EV_NEWKEYS], 0);
        CU_ASSERT_TRUE(p.client.end == CLEAT_E_KEX || p.server.end == CLEAT_E_KEX);
        pair_free(&p);
    }
}

/* A client that authenticates with a key has no host key to bind the signature to. */
static bool binds_to_no_host(pair *p, cleat_conn *c, const cleat_event *ev)
{
    (void)p;
    (void)c;
    if (ev->type == CLEAT_EV_AUTH_REQUEST)
        CU_ASSERT_FALSE(ev->u.auth.hostbound);
    return false;
}

static void host_bound_signatures_need_a_host_key(void)
{
    pair p;
    const pair_setup setup = {.payload = 1,
                              .extra_kex = rows,
                              .on_event = binds_to_no_host,
                              .lists = {[CLEAT_ALG_KEX] = client_begins.name}};
    pair_run(&p, &setup);
    CU_ASSERT_TRUE(pair_went_well(&p));
    pair_free(&p);
}

static void extra_methods_are_offered_only_by_name(void)
{
    pair p;
    const pair_setup setup = {.payload = 1, .extra_kex = rows};
    pair_run(&p, &setup);
    CU_ASSERT_TRUE(pair_went_well(&p));
    CU_ASSERT_STRING_EQUAL(cleat_conn_negotiated(p.client.conn).kex, "mlkem768x25519-sha256");
    pair_free(&p);
}

void suite_kex_seam(void)
{
    CU_pSuite s = CU_add_suite("kex_seam", NULL, NULL);
    CU_add_test(s, "a_method_of_several_rounds_authenticates_the_host_without_a_key",
                a_method_of_several_rounds_authenticates_the_host_without_a_key);
    CU_add_test(s, "such_a_method_also_rekeys", such_a_method_also_rekeys);
    CU_add_test(s, "a_host_that_does_not_know_the_secret_is_refused",
                a_host_that_does_not_know_the_secret_is_refused);
    CU_add_test(s, "host_bound_signatures_need_a_host_key", host_bound_signatures_need_a_host_key);
    CU_add_test(s, "extra_methods_are_offered_only_by_name",
                extra_methods_are_offered_only_by_name);
}
