/* What a server's owner may change or rely on while a user logs in. */
#include "support/pair.h"

#include <CUnit/CUnit.h>
#include <string.h>

enum { FAIL_MS = 50 };

typedef struct watch {
    uint64_t spent;  /* how long looking things up takes */
    uint64_t leaves; /* when the refusal is due, counted from the request; 0: it has left */
} watch;

static bool refuse_slowly(pair *p, cleat_conn *c, const cleat_event *ev)
{
    watch *w = p->setup->user;
    if (c != p->server.conn || ev->type != CLEAT_EV_AUTH_REQUEST ||
        ev->u.auth.method == CLEAT_AUTH_NONE)
        return false;
    uint64_t asked = p->now;
    p->now += w->spent;
    cleat_conn_tick(c, p->now);
    CU_ASSERT_EQUAL(cleat_answer_auth(c, ev->query, CLEAT_AUTH_REJECT, "publickey"), CLEAT_OK);
    uint64_t due = cleat_conn_deadline(c);
    w->leaves = due == UINT64_MAX ? 0 : due - asked;
    return true;
}

static bool stop_once_refused(pair *p)
{
    const watch *w = p->setup->user;
    return w->leaves == UINT64_MAX;
}

static void refusals_leave_after_whole_steps(void)
{
    static const struct {
        uint64_t spent, leaves;
    } cases[] = {{0, 50}, {1, 50}, {49, 50}, {50, 0}, {51, 100}, {120, 150}, {150, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pair p;
        watch w = {.spent = cases[i].spent, .leaves = UINT64_MAX};
        const pair_setup setup = {.server = {.auth_fail_ms = FAIL_MS},
                                  .user = &w,
                                  .on_event = refuse_slowly,
                                  .on_round = stop_once_refused};
        pair_run(&p, &setup);
        CU_ASSERT_EQUAL(w.leaves, cases[i].leaves);
        pair_free(&p);
    }
}

static uint64_t refusal_of(const char *method, uint64_t spent, uint32_t tries)
{
    pair p;
    watch w = {.spent = spent, .leaves = UINT64_MAX};
    const pair_setup setup = {.method = method,
                              .server = {.auth_fail_ms = FAIL_MS,
                                         .auth_password_fail_ms = 10 * FAIL_MS,
                                         .auth_tries_max = tries},
                              .user = &w,
                              .on_event = refuse_slowly,
                              .on_round = stop_once_refused};
    pair_run(&p, &setup);
    pair_free(&p);
    return w.leaves;
}

/* Else its time would be the look-up's. */
static void the_last_refusal_takes_as_long_as_others(void)
{
    CU_ASSERT_EQUAL(refusal_of("publickey", 20, 1), FAIL_MS);
    CU_ASSERT_EQUAL(refusal_of("publickey", 70, 1), 2 * FAIL_MS);
    CU_ASSERT_EQUAL(refusal_of("password", 20, 1), 10 * FAIL_MS);
}

static void refusals_of_passwords_have_longer_steps(void)
{
    CU_ASSERT_EQUAL(refusal_of("password", 1, 6), 10 * FAIL_MS);
    CU_ASSERT_EQUAL(refusal_of("password", 9 * FAIL_MS, 6), 10 * FAIL_MS);
    CU_ASSERT_EQUAL(refusal_of("password", 11 * FAIL_MS, 6), 20 * FAIL_MS);
    CU_ASSERT_EQUAL(refusal_of("publickey", 1, 6), FAIL_MS);
}

/* ---- cleat_conn_adjust ---- */

static void adjust(pair *p, const char *algorithms, uint32_t tries)
{
    cleat_policy *policy;
    CU_ASSERT_EQUAL_FATAL(cleat_policy_new(&policy, p->ctx, CLEAT_SERVER), CLEAT_OK);
    CU_ASSERT_EQUAL(cleat_policy_set(policy, CLEAT_ALG_PUBKEY, algorithms, NULL), CLEAT_OK);
    const cleat_conn_options options = {
        .struct_size = sizeof options, .policy = policy, .auth_tries_max = tries};
    CU_ASSERT_EQUAL(cleat_conn_adjust(p->server.conn, &options), CLEAT_OK);
    cleat_policy_unref(policy);
}

static bool first_request(const pair *p, const cleat_conn *c, const cleat_event *ev)
{
    return c == p->server.conn && ev->type == CLEAT_EV_AUTH_REQUEST &&
           p->server.events[CLEAT_EV_AUTH_REQUEST] == 1;
}

static bool allow_one_try(pair *p, cleat_conn *c, const cleat_event *ev)
{
    if (first_request(p, c, ev))
        adjust(p, "ssh-ed25519", 1);
    return false;
}

static bool refuse_keys(pair *p, cleat_conn *c, const cleat_event *ev)
{
    if (allow_one_try(p, c, ev) || c != p->server.conn || ev->type != CLEAT_EV_AUTH_REQUEST ||
        ev->u.auth.method == CLEAT_AUTH_NONE)
        return false;
    cleat_status st = cleat_answer_auth(c, ev->query, CLEAT_AUTH_REJECT, "publickey");
    CU_ASSERT_TRUE(st == CLEAT_OK || st == CLEAT_E_TOO_MANY_TRIES);
    return true;
}

static void tries_can_be_limited_once_the_user_is_known(void)
{
    pair p;
    const pair_setup setup = {.on_event = refuse_keys};
    pair_run(&p, &setup);
    CU_ASSERT_EQUAL(p.server.events[CLEAT_EV_AUTH_REQUEST], 2); /* "none", and one key */
    CU_ASSERT_EQUAL(p.server.end, CLEAT_E_TOO_MANY_TRIES);
    pair_free(&p);
}

static bool allow_rsa_only(pair *p, cleat_conn *c, const cleat_event *ev)
{
    if (first_request(p, c, ev))
        adjust(p, "rsa-sha2-256", 2);
    return false;
}

static void key_algorithms_can_be_limited_once_the_user_is_known(void)
{
    pair p;
    const pair_setup setup = {.on_event = allow_rsa_only};
    pair_run(&p, &setup);
    CU_ASSERT_EQUAL(p.server.events[CLEAT_EV_AUTH_REQUEST], 1); /* only "none" got through */
    CU_ASSERT_EQUAL(p.server.end, CLEAT_E_TOO_MANY_TRIES);
    pair_free(&p);
}

static bool adjust_too_late(pair *p, cleat_conn *c, const cleat_event *ev)
{
    const cleat_conn_options options = {.struct_size = sizeof options};
    if (ev->type == CLEAT_EV_AUTH_SUCCESS || ev->type == CLEAT_EV_HOSTKEY)
        CU_ASSERT_EQUAL(cleat_conn_adjust(c, &options), CLEAT_E_BAD_CALL);
    (void)p;
    return false;
}

static void clients_and_users_that_are_in_cannot_be_adjusted(void)
{
    pair p;
    const pair_setup setup = {.payload = 1, .on_event = adjust_too_late};
    pair_run(&p, &setup);
    CU_ASSERT_TRUE(pair_went_well(&p));
    pair_free(&p);
}

void suite_auth_server(void)
{
    CU_pSuite s = CU_add_suite("auth_server", NULL, NULL);
    CU_add_test(s, "refusals_leave_after_whole_steps", refusals_leave_after_whole_steps);
    CU_add_test(s, "the_last_refusal_takes_as_long_as_others",
                the_last_refusal_takes_as_long_as_others);
    CU_add_test(s, "refusals_of_passwords_have_longer_steps",
                refusals_of_passwords_have_longer_steps);
    CU_add_test(s, "tries_can_be_limited_once_the_user_is_known",
                tries_can_be_limited_once_the_user_is_known);
    CU_add_test(s, "key_algorithms_can_be_limited_once_the_user_is_known",
                key_algorithms_can_be_limited_once_the_user_is_known);
    CU_add_test(s, "clients_and_users_that_are_in_cannot_be_adjusted",
                clients_and_users_that_are_in_cannot_be_adjusted);
}
