/* Windows, time and the small print of a running connection. */
#include "support/pair.h"

#include "engine/conn_int.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- a link with a delay ---- */

enum { LINK_SLOTS = 256, SLOT = 1 << 20, LINK_RATE = 256 << 10 };

/* Bytes on their way from the client to the server: a slot for each millisecond of delay. */
typedef struct line {
    uint8_t *bytes[LINK_SLOTS];
    size_t len[LINK_SLOTS];
    unsigned delay;
} line;

typedef struct transfer {
    line to_server, to_client;
    size_t rate;       /* bytes a millisecond, client to server */
    bool stalled;      /* the server's owner consumes nothing */
    size_t sent, took; /* by the application */
} transfer;

static void line_put(line *l, uint64_t now, const uint8_t *bytes, size_t len)
{
    size_t slot = (now + l->delay) % LINK_SLOTS;
    uint8_t *grown = realloc(l->bytes[slot], l->len[slot] + len);
    CU_ASSERT_PTR_NOT_NULL_FATAL(grown);
    memcpy(grown + l->len[slot], bytes, len);
    l->bytes[slot] = grown;
    l->len[slot] += len;
}

static void line_send(line *l, uint64_t now, cleat_conn *from, size_t most)
{
    size_t count;
    const cleat_slice *out;
    while (most && (out = cleat_conn_send_peek(from, &count)) != NULL) {
        size_t n = out->len < most ? out->len : most;
        line_put(l, now, out->data, n);
        cleat_conn_send_done(from, n);
        most -= n;
    }
}

static void on_server_event(pair *p, transfer *t, const cleat_event *ev)
{
    if (ev->type != CLEAT_EV_CHANNEL_DATA || t->stalled)
        return;
    t->took += ev->u.data.bytes.len;
    CU_ASSERT_EQUAL(cleat_channel_consume(p->server.channel, ev->u.data.bytes.len), CLEAT_OK);
}

static void line_deliver(pair *p, transfer *t, line *l, uint64_t now, pair_side *to)
{
    size_t slot = now % LINK_SLOTS;
    size_t at = 0;
    while (at < l->len[slot]) {
        size_t room;
        const cleat_event *ev;
        uint8_t *space = cleat_conn_recv_space(to->conn, &room);
        size_t n = l->len[slot] - at < room ? l->len[slot] - at : room;
        CU_ASSERT_PTR_NOT_NULL_FATAL(space);
        memcpy(space, l->bytes[slot] + at, n);
        CU_ASSERT_EQUAL(cleat_conn_recv_done(to->conn, n), CLEAT_OK);
        while ((ev = cleat_conn_next(to->conn)) != NULL) {
            if (to == &p->server)
                on_server_event(p, t, ev);
        }
        at += n;
    }
    l->len[slot] = 0;
}

static void write_more(pair *p, transfer *t)
{
    static const uint8_t chunk[64 << 10];
    size_t accepted = sizeof chunk;
    while (accepted == sizeof chunk) {
        CU_ASSERT_EQUAL(cleat_channel_write(p->client.channel, 0, chunk, sizeof chunk, &accepted),
                        CLEAT_OK);
        t->sent += accepted;
    }
}

static void pass_time(pair *p, transfer *t, unsigned ms)
{
    for (unsigned i = 0; i < ms; i++) {
        p->now++;
        cleat_conn_tick(p->client.conn, p->now);
        cleat_conn_tick(p->server.conn, p->now);
        line_deliver(p, t, &t->to_server, p->now, &p->server);
        line_deliver(p, t, &t->to_client, p->now, &p->client);
        write_more(p, t);
        line_send(&t->to_server, p->now, p->client.conn, t->rate);
        line_send(&t->to_client, p->now, p->server.conn, SLOT);
    }
}

static bool stop_at_open(pair *p)
{
    return !p->client.events[CLEAT_EV_CHANNEL_REPLY];
}

static bool keep_channel(pair *p, cleat_conn *c, const cleat_event *ev)
{
    (void)p;
    (void)c;
    return ev->type == CLEAT_EV_CHANNEL_REPLY || ev->type == CLEAT_EV_CHANNEL_DATA;
}

static pair_setup transfer_setup(void)
{
    return (pair_setup){
        .on_event = keep_channel,
        .on_round = stop_at_open,
        .lists = {
            [CLEAT_ALG_KEX] = "curve25519-sha256", [CLEAT_ALG_CIPHER] = "aes128-gcm@openssh.com"}};
}

static void begin_transfer(pair *p, pair_setup *setup, transfer *t, unsigned delay, size_t rate)
{
    *t = (transfer){.to_server = {.delay = delay}, .to_client = {.delay = delay}, .rate = rate};
    pair_run(p, setup);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p->client.channel);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p->server.channel);
    /* As a login over this line would have measured it; the pair's took no time. */
    p->client.conn->rtt_ms = p->server.conn->rtt_ms = 2 * delay;
}

static void end_transfer(pair *p, transfer *t)
{
    for (size_t i = 0; i < LINK_SLOTS; i++) {
        free(t->to_server.bytes[i]);
        free(t->to_client.bytes[i]);
    }
    pair_free(p);
}

/* 40 ms there and back at 64 KiB a millisecond: 2.5 MiB under way, five times the first window. */
static void a_window_grows_to_what_the_path_holds(void)
{
    pair p;
    static transfer t;
    pair_setup setup = transfer_setup();
    begin_transfer(&p, &setup, &t, 20, 64 << 10);
    pass_time(&p, &t, 400);
    size_t before = t.took;
    pass_time(&p, &t, 200);
    uint32_t size = p.server.channel->window.size;
    CU_ASSERT_TRUE(size >= 2 << 20 && size <= 8 << 20);
    /* By now the line is full: nine tenths of its rate, at the least. */
    CU_ASSERT_TRUE(t.took - before > (size_t)200 * (64 << 10) * 9 / 10);
    end_transfer(&p, &t);
}

static void a_window_grows_to_8_mib_and_no_further(void)
{
    pair p;
    static transfer t;
    pair_setup setup = transfer_setup();
    begin_transfer(&p, &setup, &t, 100, LINK_RATE); /* 51 MiB under way, if it might be */
    pass_time(&p, &t, 3000);
    CU_ASSERT_EQUAL(p.server.channel->window.size, 8 << 20);
    end_transfer(&p, &t);
}

static void a_short_path_keeps_its_window(void)
{
    pair p;
    static transfer t;
    pair_setup setup = transfer_setup();
    begin_transfer(&p, &setup, &t, 1, 64 << 10); /* 128 KiB under way */
    pass_time(&p, &t, 300);
    CU_ASSERT_TRUE(t.took > 15 << 20);
    CU_ASSERT_EQUAL(p.server.channel->window.size, CL_CHANNEL_WINDOW);
    end_transfer(&p, &t);
}

static void a_stalled_reader_takes_one_window_and_no_more(void)
{
    pair p;
    static transfer t;
    pair_setup setup = transfer_setup();
    begin_transfer(&p, &setup, &t, 5, LINK_RATE);
    t.stalled = true;
    pass_time(&p, &t, 500);
    CU_ASSERT_EQUAL(p.server.channel->window.size, CL_CHANNEL_WINDOW);
    CU_ASSERT_TRUE(p.server.channel->window.delivered <= CL_CHANNEL_WINDOW);
    CU_ASSERT_TRUE(cleat_conn_get_stats(p.client.conn).queued <= 1 << 20);
    CU_ASSERT_TRUE(t.sent <= CL_CHANNEL_WINDOW + (1 << 20));
    CU_ASSERT_TRUE(p.server.conn->rx.cap <= 260 << 10);
    end_transfer(&p, &t);
}

/* ---- many channels ---- */

enum { CHANNELS = 200 };

typedef struct many {
    cleat_channel *channel[CHANNELS];
    unsigned opened, echoed, failed;
    uint64_t windows; /* of all together, at the most */
} many;

static void echo_one(const cleat_event *ev)
{
    size_t accepted;
    CU_ASSERT_EQUAL(
        cleat_channel_write(ev->channel, 0, ev->u.data.bytes.data, ev->u.data.bytes.len, &accepted),
        CLEAT_OK);
    CU_ASSERT_EQUAL(accepted, ev->u.data.bytes.len);
    CU_ASSERT_EQUAL(cleat_channel_consume(ev->channel, accepted), CLEAT_OK);
}

static void open_many(pair *p, many *m)
{
    for (size_t i = 0; i < CHANNELS; i++) {
        CU_ASSERT_EQUAL(cleat_channel_open_session(&m->channel[i], p->client.conn), CLEAT_OK);
        cleat_channel_set_user(m->channel[i], m);
    }
}

static bool on_many(pair *p, cleat_conn *c, const cleat_event *ev)
{
    many *m = p->setup->user;
    bool client = c == p->client.conn;
    size_t accepted;
    if (m->windows < c->mux.window_sum)
        m->windows = c->mux.window_sum;
    if (client && ev->type == CLEAT_EV_AUTH_SUCCESS) {
        open_many(p, m);
        return true;
    }
    if (client && ev->type == CLEAT_EV_CHANNEL_OPENED) {
        uint32_t number = cleat_channel_number(ev->channel);
        m->opened++;
        CU_ASSERT_EQUAL(cleat_channel_write(ev->channel, 0, &number, sizeof number, &accepted),
                        CLEAT_OK);
        return true;
    }
    if (ev->type == CLEAT_EV_CHANNEL_FAILED)
        m->failed++;
    if (ev->type != CLEAT_EV_CHANNEL_DATA)
        return ev->type >= CLEAT_EV_CHANNEL_OPENED && !ev->query;
    if (!client) {
        echo_one(ev);
        return true;
    }
    uint32_t number = cleat_channel_number(ev->channel);
    CU_ASSERT_EQUAL(memcmp(ev->u.data.bytes.data, &number, sizeof number), 0);
    if (++m->echoed == m->opened && m->opened + m->failed == CHANNELS)
        cleat_conn_disconnect(c, 11, "done");
    return true;
}

static void many_channels_carry_their_own_data(void)
{
    pair p;
    many m = {.opened = 0};
    const pair_setup setup = {
        .user = &m, .on_event = on_many, .server = {.sessions_max = UINT32_MAX}};
    pair_run(&p, &setup);
    CU_ASSERT_EQUAL(m.echoed, CHANNELS);
    CU_ASSERT_TRUE(m.windows <= (32 << 20) + CHANNELS * CL_CHANNEL_WINDOW_MIN);
    pair_free(&p);
}

static void sessions_are_counted(void)
{
    pair p;
    many m = {.opened = 0};
    const pair_setup setup = {.user = &m, .on_event = on_many};
    pair_run(&p, &setup);
    CU_ASSERT_EQUAL(m.opened, 10);
    CU_ASSERT_EQUAL(m.failed, CHANNELS - 10);
    pair_free(&p);
}

/* ---- time ---- */

static bool lets_time_pass(pair *p)
{
    p->now += 400;
    return p->rounds < 3000;
}

static void rekey_by_time(cleat_conn_options client, cleat_conn_options server)
{
    pair p;
    const pair_setup setup = {.payload = 3 << 20,
                              .split = 30000,
                              .client = client,
                              .server = server,
                              .on_round = lets_time_pass,
                              .lists = {[CLEAT_ALG_KEX] = "curve25519-sha256"}};
    pair_run(&p, &setup);
    CU_ASSERT_TRUE(pair_went_well(&p));
    /* 400 ms a round, 30 s between exchanges */
    CU_ASSERT_TRUE(p.client.events[CLEAT_EV_NEWKEYS] >= 2);
    CU_ASSERT_TRUE(p.client.events[CLEAT_EV_NEWKEYS] <= 1 + p.rounds * 400 / 30000);
    pair_free(&p);
}

static void keys_change_by_time_from_either_side(void)
{
    const cleat_conn_options timed = {.rekey_seconds = 30};
    const cleat_conn_options never = {.rekey_seconds = 0};
    rekey_by_time(timed, never);
    rekey_by_time(never, timed);
    rekey_by_time(timed, timed);
}

static void rekey_by_bytes(cleat_conn_options client, cleat_conn_options server)
{
    pair p;
    const pair_setup setup = {.payload = 3 << 20,
                              .client = client,
                              .server = server,
                              .lists = {[CLEAT_ALG_KEX] = "curve25519-sha256"}};
    pair_run(&p, &setup);
    CU_ASSERT_TRUE(pair_went_well(&p));
    CU_ASSERT_TRUE(p.client.events[CLEAT_EV_NEWKEYS] >= 3);
    CU_ASSERT_TRUE(p.client.events[CLEAT_EV_NEWKEYS] < 12);
    CU_ASSERT_EQUAL(p.client.events[CLEAT_EV_HOSTKEY], 1);
    pair_free(&p);
}

static void keys_change_by_bytes_from_either_side(void)
{
    const cleat_conn_options counted = {.rekey_bytes = 1 << 20};
    const cleat_conn_options never = {.rekey_bytes = 0};
    rekey_by_bytes(counted, never);
    rekey_by_bytes(never, counted);
    rekey_by_bytes(counted, counted);
}

static void lose_answers(pair *p, bool to_server, uint8_t *bytes, size_t *len, size_t room)
{
    (void)bytes;
    (void)room;
    if (!to_server && p->client.events[CLEAT_EV_AUTH_SUCCESS])
        *len = 0;
}

/* The connection runs until somebody's deadline. */
static void until_deadline(pair *p, cleat_conn *c, unsigned most)
{
    while (!cleat_conn_is_closed(c) && most--) {
        uint64_t deadline = cleat_conn_deadline(c);
        if (deadline == UINT64_MAX)
            return;
        p->now = deadline;
        cleat_conn_tick(p->client.conn, p->now);
        cleat_conn_tick(p->server.conn, p->now);
        pair_go(p);
    }
}

static void a_silent_peer_is_given_up_after_three_questions(void)
{
    pair p;
    const pair_setup setup = {.client = {.keepalive_ms = 10000}, .on_wire = lose_answers};
    pair_run(&p, &setup);
    uint64_t start = p.now;
    until_deadline(&p, p.client.conn, 10);
    CU_ASSERT_EQUAL(p.client.end, CLEAT_E_TIMEOUT);
    CU_ASSERT_TRUE(p.now - start >= 39000 && p.now - start <= 41000);
    pair_free(&p);
}

static bool keep_open(pair *p, cleat_conn *c, const cleat_event *ev)
{
    return c == p->client.conn && ev->type == CLEAT_EV_AUTH_SUCCESS;
}

static void a_peer_that_answers_is_kept_and_measured(void)
{
    pair p;
    const pair_setup setup = {.client = {.keepalive_ms = 10000}, .on_event = keep_open};
    pair_run(&p, &setup);
    until_deadline(&p, p.client.conn, 20);
    CU_ASSERT_FALSE(p.client.closed);
    CU_ASSERT_TRUE(p.now > 190000);
    pair_free(&p);
}

/* ---- ping, goodbye ---- */

static bool pings(pair *p, cleat_conn *c, const cleat_event *ev)
{
    if (c == p->client.conn && ev->type == CLEAT_EV_AUTH_SUCCESS)
        CU_ASSERT_EQUAL(cleat_conn_ping(c, cleat_slice_of("are you there?")), CLEAT_OK);
    if (ev->type == CLEAT_EV_PONG)
        CU_ASSERT_TRUE(cleat_slice_equal(ev->u.pong.bytes, cleat_slice_of("are you there?")));
    /* A server may not ping: the client has announced nothing. */
    if (c == p->server.conn && ev->type == CLEAT_EV_AUTH_SUCCESS)
        CU_ASSERT_EQUAL(cleat_conn_ping(c, cleat_slice_of("?")), CLEAT_E_UNSUPPORTED);
    return false;
}

static void a_ping_brings_its_data_back(void)
{
    pair p;
    const pair_setup setup = {.payload = 10, .on_event = pings};
    pair_run(&p, &setup);
    CU_ASSERT_TRUE(pair_went_well(&p));
    CU_ASSERT_EQUAL(p.client.events[CLEAT_EV_PONG], 1);
    pair_free(&p);
}

static bool says_goodbye(pair *p, cleat_conn *c, const cleat_event *ev)
{
    const cleat_winsize *reason = p->setup->user;
    if (c == p->client.conn && ev->type == CLEAT_EV_AUTH_SUCCESS)
        cleat_conn_disconnect(c, reason->columns, "that was it");
    return false;
}

static void a_goodbye_brings_reason_and_text(void)
{
    for (uint32_t number = 1; number <= 15; number++) {
        pair p;
        cleat_winsize reason = {.columns = number};
        const pair_setup setup = {.user = &reason,
                                  .on_event = says_goodbye,
                                  .lists = {[CLEAT_ALG_KEX] = "curve25519-sha256"}};
        pair_run(&p, &setup);
        CU_ASSERT_EQUAL(p.client.end, CLEAT_OK);
        CU_ASSERT_EQUAL(p.server.end, CLEAT_E_DISCONNECTED);
        CU_ASSERT_EQUAL(p.server.reason, number);
        CU_ASSERT_PTR_NOT_NULL(strstr(p.server.end_text, "that was it"));
        pair_free(&p);
    }
}

void suite_flow(void)
{
    CU_pSuite s = CU_add_suite("flow", NULL, NULL);
    CU_add_test(s, "a_window_grows_to_what_the_path_holds", a_window_grows_to_what_the_path_holds);
    CU_add_test(s, "a_window_grows_to_8_mib_and_no_further",
                a_window_grows_to_8_mib_and_no_further);
    CU_add_test(s, "a_short_path_keeps_its_window", a_short_path_keeps_its_window);
    CU_add_test(s, "a_stalled_reader_takes_one_window_and_no_more",
                a_stalled_reader_takes_one_window_and_no_more);
    CU_add_test(s, "many_channels_carry_their_own_data", many_channels_carry_their_own_data);
    CU_add_test(s, "sessions_are_counted", sessions_are_counted);
    CU_add_test(s, "keys_change_by_time_from_either_side", keys_change_by_time_from_either_side);
    CU_add_test(s, "keys_change_by_bytes_from_either_side", keys_change_by_bytes_from_either_side);
    CU_add_test(s, "a_silent_peer_is_given_up_after_three_questions",
                a_silent_peer_is_given_up_after_three_questions);
    CU_add_test(s, "a_peer_that_answers_is_kept_and_measured",
                a_peer_that_answers_is_kept_and_measured);
    CU_add_test(s, "a_ping_brings_its_data_back", a_ping_brings_its_data_back);
    CU_add_test(s, "a_goodbye_brings_reason_and_text", a_goodbye_brings_reason_and_text);
}
