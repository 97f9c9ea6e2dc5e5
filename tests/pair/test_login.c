/* Whole dialogues between our own two ends: every way to log in, and what must not work. */
#include "support/pair.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

static void expect_well(const pair_setup *setup)
{
    pair p;
    pair_run(&p, setup);
    CU_ASSERT_TRUE(pair_went_well(&p));
    if (!pair_went_well(&p))
        printf("start %s, echoed %zu of %zu, rounds %u, client: %s, server: %s\n",
               cleat_status_name(p.start), p.echoed, setup->payload, p.rounds, p.client.end_text,
               p.server.end_text);
    pair_free(&p);
}

static void publickey_login_runs_a_command(void)
{
    const pair_setup setup = {.payload = 100000};
    expect_well(&setup);
}

static void password_login_runs_a_command(void)
{
    const pair_setup setup = {.payload = 10, .method = "password"};
    expect_well(&setup);
}

static void keyboard_interactive_takes_two_rounds(void)
{
    pair p;
    const pair_setup setup = {.payload = 10, .method = "keyboard-interactive"};
    pair_run(&p, &setup);
    CU_ASSERT_TRUE(pair_went_well(&p));
    CU_ASSERT_EQUAL(p.client.events[CLEAT_EV_AUTH_PROMPT], 2);
    pair_free(&p);
}

static void partial_success_needs_the_second_method(void)
{
    pair p;
    const pair_setup setup = {.payload = 10, .method = "partial"};
    pair_run(&p, &setup);
    CU_ASSERT_TRUE(pair_went_well(&p));
    CU_ASSERT_EQUAL(p.client.events[CLEAT_EV_AUTH_NEXT], 3);
    pair_free(&p);
}

static void none_is_enough_where_the_server_says_so(void)
{
    const pair_setup setup = {.payload = 10, .method = "none"};
    expect_well(&setup);
}

static void trivial_login_can_be_refused_by_the_client(void)
{
    pair p;
    const pair_setup setup = {.method = "none", .client = {.no_trivial_auth = true}};
    pair_run(&p, &setup);
    CU_ASSERT_EQUAL(p.client.end, CLEAT_E_AUTH);
    CU_ASSERT_EQUAL(p.client.events[CLEAT_EV_AUTH_SUCCESS], 0);
    pair_free(&p);
}

static bool refuse_hostkey(pair *p, cleat_conn *c, const cleat_event *ev)
{
    (void)p;
    if (ev->type != CLEAT_EV_HOSTKEY)
        return false;
    CU_ASSERT_EQUAL(cleat_answer_hostkey(c, ev->query, false), CLEAT_OK);
    return true;
}

static void refused_host_key_ends_the_connection(void)
{
    pair p;
    const pair_setup setup = {.on_event = refuse_hostkey};
    pair_run(&p, &setup);
    CU_ASSERT_EQUAL(p.client.end, CLEAT_E_HOSTKEY);
    CU_ASSERT_EQUAL(p.server.events[CLEAT_EV_AUTH_REQUEST], 0);
    pair_free(&p);
}

static bool wrong_password(pair *p, cleat_conn *c, const cleat_event *ev)
{
    if (c != p->client.conn || ev->type != CLEAT_EV_AUTH_NEXT)
        return false;
    CU_ASSERT_EQUAL(cleat_auth_password(c, "alice", "wrong"), CLEAT_OK);
    return true;
}

static void tries_are_counted(void)
{
    pair p;
    const pair_setup setup = {.on_event = wrong_password, .server = {.auth_tries_max = 4}};
    pair_run(&p, &setup);
    CU_ASSERT_EQUAL(p.server.end, CLEAT_E_TOO_MANY_TRIES);
    CU_ASSERT_EQUAL(p.server.events[CLEAT_EV_AUTH_REQUEST], 4);
    CU_ASSERT_STRING_EQUAL(p.server.end_text, "Too many authentication failures");
    pair_free(&p);
}

static bool other_user(pair *p, cleat_conn *c, const cleat_event *ev)
{
    if (c != p->client.conn || ev->type != CLEAT_EV_AUTH_NEXT || ev->u.auth_next.first)
        return false;
    CU_ASSERT_EQUAL(cleat_auth_none(c, "bob"), CLEAT_E_BAD_CALL);
    cleat_conn_disconnect(c, 11, "done");
    return true;
}

static void user_name_cannot_change(void)
{
    pair p;
    const pair_setup setup = {.on_event = other_user};
    pair_run(&p, &setup);
    CU_ASSERT_TRUE(p.client.closed && p.server.closed);
    pair_free(&p);
}

static bool path_is_known(pair *p, cleat_conn *c, const cleat_event *ev)
{
    (void)p;
    if (ev->type == CLEAT_EV_AUTH_SUCCESS)
        CU_ASSERT(cleat_conn_get_stats(c).rtt_ms > 0);
    return false;
}

static void login_measures_the_round_trip(void)
{
    pair p;
    const pair_setup setup = {.split = 16, .on_event = path_is_known};
    pair_run(&p, &setup);
    CU_ASSERT_EQUAL(p.client.events[CLEAT_EV_AUTH_SUCCESS], 1);
    CU_ASSERT_EQUAL(p.server.events[CLEAT_EV_AUTH_SUCCESS], 1);
    pair_free(&p);
}

static void late_answers_are_as_good_as_quick_ones(void)
{
    const pair_setup setup = {.payload = 1000, .late = 5};
    expect_well(&setup);
}

static void second_answers_are_stale(void)
{
    const pair_setup setup = {.payload = 1000, .late = 1, .answer_twice = true};
    expect_well(&setup);
}

static bool never_answer_sign(pair *p, cleat_conn *c, const cleat_event *ev)
{
    return c == p->server.conn && ev->type == CLEAT_EV_SIGN;
}

static bool keep_ticking(pair *p)
{
    p->now += 1000;
    cleat_conn_tick(p->client.conn, p->now);
    cleat_conn_tick(p->server.conn, p->now);
    return p->rounds < 100;
}

static void handshake_that_never_ends_times_out(void)
{
    pair p;
    const pair_setup setup = {.on_event = never_answer_sign,
                              .late = 1,
                              .server = {.handshake_ms = 5000},
                              .on_round = keep_ticking};
    pair_run(&p, &setup);
    while (cleat_conn_deadline(p.server.conn) != UINT64_MAX) {
        p.now += 1000;
        cleat_conn_tick(p.server.conn, p.now);
        (void)pair_pull(&p, &p.server);
    }
    CU_ASSERT_EQUAL(cleat_conn_error(p.server.conn)->status, CLEAT_E_TIMEOUT);
    pair_free(&p);
}

static void compression_carries_the_payload(void)
{
    pair_setup setup = {.payload = 300000, .lists = {[CLEAT_ALG_COMPRESSION] = "zlib@openssh.com"}};
    expect_well(&setup);
    setup.lists[CLEAT_ALG_COMPRESSION] = "zlib";
    expect_well(&setup);
}

static bool sees_session_ids(pair *p, cleat_conn *c, const cleat_event *ev)
{
    if (ev->type != CLEAT_EV_AUTH_SUCCESS || c != p->client.conn)
        return false;
    cleat_conn *s = p->server.conn;
    CU_ASSERT_TRUE(cleat_slice_equal(cleat_conn_session_id(c), cleat_conn_session_id(s)));
    CU_ASSERT_TRUE(cleat_slice_equal(cleat_conn_exchange_hash(c), cleat_conn_exchange_hash(s)));
    CU_ASSERT_TRUE(cleat_slice_equal(cleat_conn_host_key(c), cleat_key_blob(p->host_key)));
    CU_ASSERT_TRUE(cleat_conn_host_signature(c).len > 0);
    return false;
}

static void facts_of_the_exchange_can_be_read(void)
{
    const pair_setup setup = {.payload = 1, .on_event = sees_session_ids};
    expect_well(&setup);
}

void suite_login(void)
{
    CU_pSuite s = CU_add_suite("login", NULL, NULL);
    CU_add_test(s, "publickey_login_runs_a_command", publickey_login_runs_a_command);
    CU_add_test(s, "password_login_runs_a_command", password_login_runs_a_command);
    CU_add_test(s, "keyboard_interactive_takes_two_rounds", keyboard_interactive_takes_two_rounds);
    CU_add_test(s, "partial_success_needs_the_second_method",
                partial_success_needs_the_second_method);
    CU_add_test(s, "none_is_enough_where_the_server_says_so",
                none_is_enough_where_the_server_says_so);
    CU_add_test(s, "trivial_login_can_be_refused_by_the_client",
                trivial_login_can_be_refused_by_the_client);
    CU_add_test(s, "refused_host_key_ends_the_connection", refused_host_key_ends_the_connection);
    CU_add_test(s, "tries_are_counted", tries_are_counted);
    CU_add_test(s, "user_name_cannot_change", user_name_cannot_change);
    CU_add_test(s, "login_measures_the_round_trip", login_measures_the_round_trip);
    CU_add_test(s, "late_answers_are_as_good_as_quick_ones",
                late_answers_are_as_good_as_quick_ones);
    CU_add_test(s, "second_answers_are_stale", second_answers_are_stale);
    CU_add_test(s, "handshake_that_never_ends_times_out", handshake_that_never_ends_times_out);
    CU_add_test(s, "compression_carries_the_payload", compression_carries_the_payload);
    CU_add_test(s, "facts_of_the_exchange_can_be_read", facts_of_the_exchange_can_be_read);
}
