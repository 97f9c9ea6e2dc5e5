/* Peers that do not keep to the protocol: the connection ends with an error that says why, nothing
 * is acted on, and what the engine keeps stays bounded. */
#include "support/pair.h"

#include "engine/conn_int.h"
#include "wire/messages.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- one message at one moment ---- */

typedef struct attack {
    const char *name;
    cleat_role by;
    cleat_event_type when; /* of the attacker's own events */
    void (*make)(cl_buf *m, pair *p);
    cleat_status status; /* how its victim ends */
    const char *text;    /* within the victim's error */
} attack;

static uint32_t session_of(const pair *p)
{
    return p->client.channel ? p->client.channel->remote : 0;
}

static void put_data(cl_buf *m, uint32_t channel, size_t len)
{
    cl_put_u8(m, CL_MSG_channel_data);
    cl_put_u32(m, channel);
    cl_put_u32(m, (uint32_t)len);
    uint8_t *at = cl_buf_extend(m, len);
    memset(at, 'x', len);
}

static void data_for_nobody(cl_buf *m, pair *p)
{
    (void)p;
    put_data(m, 77, 1);
}

static void data_beyond_the_window(cl_buf *m, pair *p)
{
    p->server.channel->window.edge = p->server.channel->window.delivered;
    put_data(m, session_of(p), 1);
}

static void data_beyond_the_packet(cl_buf *m, pair *p)
{
    put_data(m, session_of(p), CL_CHANNEL_PACKET + 1);
}

static void data_with_a_huge_length(cl_buf *m, pair *p)
{
    cl_put_u8(m, CL_MSG_channel_data);
    cl_put_u32(m, session_of(p));
    cl_put_u32(m, 0xFFFFFFFF);
}

static void adjust_over_the_top(cl_buf *m, pair *p)
{
    cl_put_u8(m, CL_MSG_channel_window_adjust);
    cl_put_u32(m, session_of(p));
    cl_put_u32(m, 0xFFFFFFFF);
}

static void malformed_exec(cl_buf *m, pair *p)
{
    cl_put_u8(m, CL_MSG_channel_request);
    cl_put_u32(m, session_of(p));
    cl_put_cstring(m, "exec");
    cl_put_bool(m, true);
    cl_put_cstring(m, "rm -rf /");
    cl_put_u8(m, 0); /* one byte too many */
}

static void confirmation_of_nothing(cl_buf *m, pair *p)
{
    (void)p;
    cl_put_u8(m, CL_MSG_channel_open_confirmation);
    for (int i = 0; i < 4; i++)
        cl_put_u32(m, 5);
}

static void reply_to_nothing(cl_buf *m, pair *p)
{
    (void)p;
    cl_put_u8(m, CL_MSG_request_success);
}

static void channel_reply_to_nothing(cl_buf *m, pair *p)
{
    cl_put_u8(m, CL_MSG_channel_success);
    cl_put_u32(m, session_of(p));
}

static void success(cl_buf *m, pair *p)
{
    (void)p;
    cl_put_u8(m, CL_MSG_userauth_success);
}

static void open_session(cl_buf *m, pair *p)
{
    (void)p;
    cl_put_u8(m, CL_MSG_channel_open);
    cl_put_cstring(m, "session");
    cl_put_u32(m, 0);
    cl_put_u32(m, 1000);
    cl_put_u32(m, 1000);
}

static void userauth(cl_buf *m, pair *p)
{
    (void)p;
    cl_put_u8(m, CL_MSG_userauth_request);
    cl_put_cstring(m, "alice");
    cl_put_cstring(m, "ssh-connection");
    cl_put_cstring(m, "none");
}

static void userauth_for_nobody(cl_buf *m, pair *p)
{
    (void)p;
    cl_put_u8(m, CL_MSG_userauth_request);
    cl_put_cstring(m, "");
    cl_put_cstring(m, "ssh-connection");
    cl_put_cstring(m, "none");
}

static void one_probe_too_many(cl_buf *m, pair *p)
{
    p->server.conn->auths.requests = CL_AUTH_REQUESTS_MAX;
    userauth_for_nobody(m, p);
}

static void other_service(cl_buf *m, pair *p)
{
    (void)p;
    cl_put_u8(m, CL_MSG_service_request);
    cl_put_cstring(m, "ssh-connection");
}

static void service_with_commands(cl_buf *m, pair *p)
{
    (void)p;
    cl_put_u8(m, CL_MSG_service_request);
    cl_put_cstring(m, "\033[2J\nsshd");
}

static void two_announcements(cl_buf *m, pair *p)
{
    cl_buf first = CL_BUF(p->server.conn->env->mem);
    cl_put_u8(&first, CL_MSG_global_request);
    cl_put_cstring(&first, "hostkeys-00@openssh.com");
    cl_put_bool(&first, false);
    cl_buf_add_slice(m, cl_buf_slice(&first));
    CU_ASSERT_EQUAL(cl_conn_send_now(p->server.conn, &first), CLEAT_OK);
}

static void ignore(cl_buf *m, pair *p)
{
    (void)p;
    cl_put_u8(m, CL_MSG_ignore);
    cl_put_cstring(m, "");
}

static void sequence_numbers_used_up(cl_buf *m, pair *p)
{
    p->server.conn->rx.seq = UINT32_MAX;
    ignore(m, p);
}

static void unknown_number(cl_buf *m, pair *p)
{
    (void)p;
    cl_put_u8(m, 140);
}

static void newkeys(cl_buf *m, pair *p)
{
    (void)p;
    cl_put_u8(m, CL_MSG_newkeys);
}

static void kex_again(cl_buf *m, pair *p)
{
    (void)p;
    cl_put_u8(m, CL_MSG_kex_init);
    cl_put_cstring(m, "");
}

#define C CLEAT_CLIENT
#define S CLEAT_SERVER

static const attack attacks[] = {
    /* during the first exchange: Terrapin's moves */
    {"IGNORE before KEXINIT", C, CLEAT_EV_VERSION, ignore, CLEAT_E_PROTO, "strict"},
    {"IGNORE from a server", S, CLEAT_EV_NEGOTIATED, ignore, CLEAT_E_PROTO, "strict"},
    {"IGNORE in the exchange", C, CLEAT_EV_NEGOTIATED, ignore, CLEAT_E_PROTO, "strict"},
    {"endless IGNORE", C, CLEAT_EV_NEGOTIATED, sequence_numbers_used_up, CLEAT_E_PROTO,
     "come round"},
    {"an unknown message", C, CLEAT_EV_NEGOTIATED, unknown_number, CLEAT_E_PROTO, "strict"},
    {"early NEWKEYS", C, CLEAT_EV_NEGOTIATED, newkeys, CLEAT_E_PROTO, "length"},
    {"early NEWKEYS", S, CLEAT_EV_VERSION, newkeys, CLEAT_E_PROTO, "not allowed"},
    {"early SUCCESS", S, CLEAT_EV_NEGOTIATED, success, CLEAT_E_PROTO, "not allowed"},
    {"early USERAUTH", C, CLEAT_EV_NEGOTIATED, userauth, CLEAT_E_PROTO, "not allowed"},
    {"early channel", C, CLEAT_EV_NEGOTIATED, open_session, CLEAT_E_PROTO, "not allowed"},
    {"a second public value", C, CLEAT_EV_NEGOTIATED, kex_again, CLEAT_E_PROTO, "not allowed"},

    /* before and during authentication */
    {"another service", C, CLEAT_EV_AUTH_NEXT, other_service, CLEAT_E_SERVICE, "not available"},
    {"terminal commands", C, CLEAT_EV_AUTH_NEXT, service_with_commands, CLEAT_E_SERVICE,
     "not available: ?[2J?sshd"},
    {"another user", C, CLEAT_EV_AUTH_NEXT, userauth_for_nobody, CLEAT_E_PROTO, "change of user"},
    {"endless probes", C, CLEAT_EV_AUTH_NEXT, one_probe_too_many, CLEAT_E_TOO_MANY_TRIES,
     "Too many authentication requests"},
    {"SUCCESS unasked", S, CLEAT_EV_NEWKEYS, success, CLEAT_E_PROTO, "not allowed"},
    {"SUCCESS to a server", C, CLEAT_EV_AUTH_NEXT, success, CLEAT_E_PROTO, "not allowed"},
    {"a channel too soon", C, CLEAT_EV_AUTH_NEXT, open_session, CLEAT_E_PROTO, "not allowed"},
    {"a stray kex message", C, CLEAT_EV_AUTH_NEXT, kex_again, CLEAT_E_PROTO, "not allowed"},

    /* when logged in */
    {"USERAUTH again", C, CLEAT_EV_CHANNEL_OPENED, userauth, CLEAT_E_PROTO, "after"},
    {"data for nobody", C, CLEAT_EV_CHANNEL_OPENED, data_for_nobody, CLEAT_E_PROTO, "not open"},
    {"window overflow", C, CLEAT_EV_CHANNEL_OPENED, data_beyond_the_window, CLEAT_E_PROTO,
     "more than its window"},
    {"packet overflow", C, CLEAT_EV_CHANNEL_OPENED, data_beyond_the_packet, CLEAT_E_PROTO,
     "more than its window"},
    {"huge string", C, CLEAT_EV_CHANNEL_OPENED, data_with_a_huge_length, CLEAT_E_PROTO,
     "malformed"},
    {"adjust overflow", C, CLEAT_EV_CHANNEL_OPENED, adjust_over_the_top, CLEAT_E_PROTO, "2^32"},
    {"malformed exec", C, CLEAT_EV_CHANNEL_OPENED, malformed_exec, CLEAT_E_PROTO, "malformed"},
    {"confirmation", C, CLEAT_EV_CHANNEL_OPENED, confirmation_of_nothing, CLEAT_E_PROTO,
     "not opening"},
    {"global reply", C, CLEAT_EV_CHANNEL_OPENED, reply_to_nothing, CLEAT_E_PROTO, "did not make"},
    {"channel reply", C, CLEAT_EV_CHANNEL_OPENED, channel_reply_to_nothing, CLEAT_E_PROTO,
     "without a request"},
    {"two announcements", S, CLEAT_EV_CHANNEL_OPEN, two_announcements, CLEAT_E_PROTO,
     "second time"},
    {"stray NEWKEYS", C, CLEAT_EV_CHANNEL_OPENED, newkeys, CLEAT_E_PROTO, "not allowed"},
};

#undef C
#undef S

static bool attack_here(pair *p, cleat_conn *c, const cleat_event *ev)
{
    const attack *a = p->setup->user;
    pair_side *side = a->by == CLEAT_CLIENT ? &p->client : &p->server;
    if (c != side->conn || ev->type != a->when || side->events[ev->type] > 1)
        return false;
    cl_buf m = CL_BUF(c->env->mem);
    a->make(&m, p);
    CU_ASSERT_EQUAL(cl_conn_send_now(c, &m), CLEAT_OK);
    return false;
}

static bool is_bounded(pair *p)
{
    return p->rounds < 400;
}

static void forbidden_messages_end_the_connection(void)
{
    for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++) {
        pair p;
        attack a = attacks[i];
        const pair_setup setup = {.user = &a,
                                  .on_event = attack_here,
                                  .on_round = is_bounded,
                                  .lists = {[CLEAT_ALG_KEX] = "curve25519-sha256"}};
        pair_run(&p, &setup);
        const pair_side *victim = a.by == CLEAT_CLIENT ? &p.server : &p.client;
        bool right = victim->closed && victim->end == a.status && strstr(victim->end_text, a.text);
        CU_ASSERT_TRUE(right);
        if (!right)
            printf("%s: client: %s, server: %s\n", a.name, p.client.end_text, p.server.end_text);
        /* Nothing was acted on. */
        CU_ASSERT_TRUE(a.make != malformed_exec || !p.server.events[CLEAT_EV_CHANNEL_REQUEST]);
        CU_ASSERT_TRUE(a.make != success || !victim->events[CLEAT_EV_AUTH_SUCCESS]);
        pair_free(&p);
    }
}

/* ---- bytes before there are packets ---- */

static cleat_conn *lone(cleat_ctx *ctx, cleat_role role)
{
    cleat_conn *c = NULL;
    CU_ASSERT_EQUAL_FATAL(cleat_conn_new(&c, ctx, role, NULL, 0), CLEAT_OK);
    return c;
}

/* Feeds bytes over and over until the connection ends or has taken most of them. */
static size_t feed(cleat_conn *c, const char *bytes, size_t len, size_t most)
{
    size_t fed = 0;
    while (fed < most && !cleat_conn_is_closed(c)) {
        size_t room;
        uint8_t *at = cleat_conn_recv_space(c, &room);
        size_t n = room < len ? room : len;
        if (!at)
            break;
        memcpy(at, bytes, n);
        CU_ASSERT_EQUAL(cleat_conn_recv_done(c, n), CLEAT_OK);
        fed += n;
        while (cleat_conn_next(c))
            continue;
    }
    return fed;
}

static void expect_lone_end(cleat_role role, const char *bytes, size_t len, cleat_status status,
                            const char *text)
{
    cleat_ctx *ctx;
    CU_ASSERT_EQUAL_FATAL(cleat_ctx_new(&ctx, NULL), CLEAT_OK);
    cleat_conn *c = lone(ctx, role);
    size_t fed = feed(c, bytes, len, 16 << 20);
    CU_ASSERT_TRUE(cleat_conn_is_closed(c));
    CU_ASSERT_EQUAL(cleat_conn_error(c)->status, status);
    CU_ASSERT_PTR_NOT_NULL(strstr(cleat_conn_error(c)->text, text));
    CU_ASSERT_TRUE(fed < 16 << 20);
    cleat_conn_free(c);
    cleat_ctx_unref(ctx);
}

static void no_identification_ends_the_connection(void)
{
    static char line[9000];
    memset(line, 'a', sizeof line);
    expect_lone_end(CLEAT_CLIENT, "hello\r\n", 7, CLEAT_E_VERSION, "lines before");
    expect_lone_end(CLEAT_SERVER, "GET / HTTP/1.1\r\n", 16, CLEAT_E_VERSION, "no identification");
    expect_lone_end(CLEAT_CLIENT, line, sizeof line, CLEAT_E_VERSION, "instead of");
    expect_lone_end(CLEAT_SERVER, "SSH-1.5-old\r\n", 13, CLEAT_E_VERSION, "not supported");
}

static void impossible_packet_lengths_end_the_connection(void)
{
    static const char over[] = "SSH-2.0-x\r\n\x00\x04\x00\x04\x04";
    static const char tiny[] = "SSH-2.0-x\r\n\x00\x00\x00\x04\x04";
    static const char padding[] = "SSH-2.0-x\r\n\x00\x00\x00\x0c\x0c\x14          ";
    expect_lone_end(CLEAT_SERVER, over, sizeof over - 1, CLEAT_E_PROTO, "length 262148");
    expect_lone_end(CLEAT_SERVER, tiny, sizeof tiny - 1, CLEAT_E_PROTO, "length 4");
    expect_lone_end(CLEAT_CLIENT, padding, sizeof padding - 1, CLEAT_E_PROTO, "padding length 12");
}

static void cut_off_packet_is_no_clean_end(void)
{
    cleat_ctx *ctx;
    CU_ASSERT_EQUAL_FATAL(cleat_ctx_new(&ctx, NULL), CLEAT_OK);
    cleat_conn *c = lone(ctx, CLEAT_SERVER);
    feed(c, "SSH-2.0-x\r\n\0\0\0\xfc\4\x14", 17, 17);
    cleat_conn_recv_eof(c);
    const cleat_event *ev = cleat_conn_next(c);
    CU_ASSERT_PTR_NOT_NULL_FATAL(ev);
    CU_ASSERT_EQUAL(ev->type, CLEAT_EV_CLOSED);
    CU_ASSERT_EQUAL(ev->u.closed.status, CLEAT_E_EOF);
    cleat_conn_free(c);
    cleat_ctx_unref(ctx);
}

/* ---- too much of everything ---- */

typedef struct budget {
    size_t live, most;
} budget;

typedef struct block {
    size_t size;
    max_align_t bytes[];
} block;

static void *counted_resize(void *user, void *old, size_t size)
{
    budget *b = user;
    block *before = old ? (block *)((char *)old - sizeof(block)) : NULL;
    size_t had = before ? before->size : 0;
    block *fresh = realloc(before, sizeof *fresh + size);
    if (!fresh)
        return NULL;
    fresh->size = size;
    b->live = b->live + size - had;
    if (b->live > b->most)
        b->most = b->live;
    return fresh->bytes;
}

static void counted_release(void *user, void *old)
{
    budget *b = user;
    if (!old)
        return;
    block *before = (block *)((char *)old - sizeof(block));
    b->live -= before->size;
    free(before);
}

typedef struct flood {
    void (*pour)(pair *p);
    size_t base; /* memory in use when it begins */
    budget memory;
} flood;

static void send_many(pair *p, const cl_buf *m, size_t count)
{
    cleat_slice whole = cl_buf_slice(m);
    for (size_t i = 0; i < count; i++) {
        if (cl_tx_send(&p->client.conn->tx, &whole, 1) != CLEAT_OK)
            return;
    }
}

static void pour_opens(pair *p)
{
    cl_buf m = CL_BUF(p->client.conn->env->mem);
    cl_put_u8(&m, CL_MSG_channel_open);
    cl_put_cstring(&m, "direct-tcpip");
    cl_put_u32(&m, 1);
    cl_put_u32(&m, 1000);
    cl_put_u32(&m, 1000);
    cl_put_cstring(&m, "localhost");
    cl_put_u32(&m, 80);
    cl_put_cstring(&m, "localhost");
    cl_put_u32(&m, 80);
    send_many(p, &m, 10000);
    cl_buf_free(&m);
}

static void pour_pings(pair *p)
{
    cl_buf m = CL_BUF(p->client.conn->env->mem);
    cl_put_u8(&m, CL_MSG_ping);
    cl_put_u32(&m, 30000);
    memset(cl_buf_extend(&m, 30000), 'p', 30000);
    send_many(p, &m, 400);
    cl_buf_free(&m);
}

static void pour_requests(pair *p)
{
    cl_buf m = CL_BUF(p->client.conn->env->mem);
    cl_put_u8(&m, CL_MSG_global_request);
    cl_put_cstring(&m, "question@example.org");
    cl_put_bool(&m, true);
    send_many(p, &m, 1000);
    cl_buf_free(&m);
}

static bool pour_here(pair *p, cleat_conn *c, const cleat_event *ev)
{
    flood *f = p->setup->user;
    if (c == p->client.conn && ev->type == CLEAT_EV_CHANNEL_OPENED) {
        f->pour(p);
        f->base = f->memory.live;
        f->memory.most = f->memory.live;
        return true;
    }
    /* The owner of the server answers none of it. */
    return c == p->server.conn && f->base && ev->query;
}

/* The client reads nothing more: replies pile up at the server. */
static void swallow(pair *p, bool to_server, uint8_t *bytes, size_t *len, size_t room)
{
    const flood *f = p->setup->user;
    (void)bytes;
    (void)room;
    if (f->base && !to_server)
        *len = 0;
}

static void run_flood(pair *p, flood *f, void (*pour)(pair *p), bool (*on_round)(pair *p))
{
    static cleat_allocator allocator;
    static pair_setup setup;
    *f = (flood){.pour = pour};
    allocator = (cleat_allocator){sizeof allocator, &f->memory, counted_resize, counted_release};
    setup = (pair_setup){.user = f,
                         .allocator = &allocator,
                         .on_event = pour_here,
                         .on_wire = swallow,
                         .on_round = on_round,
                         .lists = {[CLEAT_ALG_KEX] = "curve25519-sha256"}};
    pair_run(p, &setup);
}

static void ten_thousand_channels_take_little(void)
{
    pair p;
    flood f;
    run_flood(&p, &f, pour_opens, is_bounded);
    CU_ASSERT_FALSE(p.server.closed);
    CU_ASSERT_TRUE(p.server.events[CLEAT_EV_CHANNEL_OPEN] <= CL_QUERIES_MAX);
    CU_ASSERT_TRUE(p.server.conn->mux.channels.count <= 1024);
    CU_ASSERT_TRUE(f.memory.most < f.base + (4 << 20));
    pair_free(&p);
}

static void unanswered_requests_end_the_connection(void)
{
    pair p;
    flood f;
    run_flood(&p, &f, pour_requests, is_bounded);
    CU_ASSERT_EQUAL(p.server.end, CLEAT_E_LIMIT);
    CU_ASSERT_TRUE(f.memory.most < f.base + (1 << 20));
    pair_free(&p);
}

static bool until_poured(pair *p)
{
    const flood *f = p->setup->user;
    return !f->base && is_bounded(p);
}

/* Hands over what one has to send while the other takes it; how many bytes that were. */
static size_t hand_over(cleat_conn *from, cleat_conn *to)
{
    size_t taken = 0;
    size_t count;
    size_t room;
    const cleat_slice *out;
    uint8_t *at;
    while ((out = cleat_conn_send_peek(from, &count)) != NULL &&
           (at = cleat_conn_recv_space(to, &room)) != NULL) {
        size_t n = out->len < room ? out->len : room;
        memcpy(at, out->data, n);
        cleat_conn_send_done(from, n);
        CU_ASSERT_EQUAL(cleat_conn_recv_done(to, n), CLEAT_OK);
        while (cleat_conn_next(to))
            continue;
        taken += n;
    }
    return taken;
}

/* 12 MB of pings, and nobody who reads the answers. */
static void a_peer_that_reads_no_replies_is_read_no_more(void)
{
    pair p;
    flood f;
    run_flood(&p, &f, pour_pings, until_poured);
    size_t taken = hand_over(p.client.conn, p.server.conn);
    CU_ASSERT_TRUE(taken > 1 << 20);
    CU_ASSERT_TRUE(taken < 4 << 20);
    CU_ASSERT_FALSE(cleat_conn_is_closed(p.server.conn));
    CU_ASSERT_FALSE(cleat_conn_is_flushed(p.client.conn));
    CU_ASSERT_TRUE(f.memory.most < f.base + (4 << 20));
    pair_free(&p);
}

static bool rekeys_again(pair *p, cleat_conn *c, const cleat_event *ev)
{
    if (c == p->client.conn && ev->type == CLEAT_EV_CHANNEL_OPENED)
        CU_ASSERT_EQUAL(cleat_conn_rekey(c), CLEAT_OK);
    if (c == p->client.conn && ev->type == CLEAT_EV_NEWKEYS && !ev->u.newkeys.first)
        CU_ASSERT_EQUAL(cleat_conn_rekey(c), CLEAT_OK);
    return ev->type == CLEAT_EV_CHANNEL_OPENED;
}

static void exchanges_without_end_end_the_connection(void)
{
    pair p;
    const pair_setup setup = {.on_event = rekeys_again,
                              .lists = {[CLEAT_ALG_KEX] = "curve25519-sha256"}};
    pair_run(&p, &setup);
    CU_ASSERT_EQUAL(p.server.end, CLEAT_E_LIMIT);
    CU_ASSERT_PTR_NOT_NULL(strstr(p.server.end_text, "key exchanges with nothing in between"));
    CU_ASSERT_TRUE(p.server.events[CLEAT_EV_NEWKEYS] <= CL_EXCHANGES_IN_A_ROW + 1);
    pair_free(&p);
}

/* ---- windows and packets of nothing ---- */

static bool open_with(pair *p, cleat_conn *c, const cleat_event *ev)
{
    const cleat_winsize *sizes = p->setup->user; /* columns: window, rows: packet */
    if (c != p->client.conn || ev->type != CLEAT_EV_AUTH_SUCCESS)
        return false;
    cl_buf m = CL_BUF(c->env->mem);
    cl_put_u8(&m, CL_MSG_channel_open);
    cl_put_cstring(&m, "session");
    cl_put_u32(&m, 9);
    cl_put_u32(&m, sizes->columns);
    cl_put_u32(&m, sizes->rows);
    CU_ASSERT_EQUAL(cl_conn_send_now(c, &m), CLEAT_OK);
    return true;
}

static void a_maximum_packet_of_0_is_refused(void)
{
    pair p;
    cleat_winsize sizes = {.columns = 1000, .rows = 0};
    const pair_setup setup = {.user = &sizes, .on_event = open_with, .on_round = is_bounded};
    pair_run(&p, &setup);
    CU_ASSERT_EQUAL(p.server.events[CLEAT_EV_CHANNEL_OPEN], 0);
    /* The refusal is for a channel that our client does not know: it ends. */
    CU_ASSERT_EQUAL(p.client.end, CLEAT_E_PROTO);
    pair_free(&p);
}

static void a_window_of_0_lets_nothing_out(void)
{
    pair p;
    size_t accepted = 1;
    cleat_winsize sizes = {.columns = 0, .rows = 1000};
    const pair_setup setup = {.user = &sizes, .on_event = open_with};
    pair_run(&p, &setup);
    CU_ASSERT_EQUAL(p.server.events[CLEAT_EV_CHANNEL_OPEN], 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p.server.channel);
    if (!p.server.closed) {
        CU_ASSERT_EQUAL(cleat_channel_write(p.server.channel, 0, "x", 1, &accepted), CLEAT_OK);
        CU_ASSERT_EQUAL(accepted, 0);
    }
    pair_free(&p);
}

/* ---- no common algorithm ---- */

static void no_common_algorithm_names_both_lists(void)
{
    pair p;
    const pair_setup setup = {.lists = {[CLEAT_ALG_HOSTKEY] = "rsa-sha2-512,rsa-sha2-256"}};
    pair_run(&p, &setup);
    CU_ASSERT_EQUAL(p.client.end, CLEAT_E_NO_COMMON_ALG);
    CU_ASSERT_EQUAL(p.server.events[CLEAT_EV_NEGOTIATED], 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(p.client.end_text, "Ours: rsa-sha2-512,rsa-sha2-256"));
    CU_ASSERT_PTR_NOT_NULL(strstr(p.client.end_text, "Theirs: "));
    pair_free(&p);
}

void suite_hostile(void)
{
    CU_pSuite s = CU_add_suite("hostile", NULL, NULL);
    CU_add_test(s, "forbidden_messages_end_the_connection", forbidden_messages_end_the_connection);
    CU_add_test(s, "no_identification_ends_the_connection", no_identification_ends_the_connection);
    CU_add_test(s, "impossible_packet_lengths_end_the_connection",
                impossible_packet_lengths_end_the_connection);
    CU_add_test(s, "cut_off_packet_is_no_clean_end", cut_off_packet_is_no_clean_end);
    CU_add_test(s, "ten_thousand_channels_take_little", ten_thousand_channels_take_little);
    CU_add_test(s, "unanswered_requests_end_the_connection",
                unanswered_requests_end_the_connection);
    CU_add_test(s, "a_peer_that_reads_no_replies_is_read_no_more",
                a_peer_that_reads_no_replies_is_read_no_more);
    CU_add_test(s, "exchanges_without_end_end_the_connection",
                exchanges_without_end_end_the_connection);
    CU_add_test(s, "a_maximum_packet_of_0_is_refused", a_maximum_packet_of_0_is_refused);
    CU_add_test(s, "a_window_of_0_lets_nothing_out", a_window_of_0_lets_nothing_out);
    CU_add_test(s, "no_common_algorithm_names_both_lists", no_common_algorithm_names_both_lists);
}
