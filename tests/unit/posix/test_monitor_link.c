/* A process that sends without end: who else is on the loop has a turn. One that reads slowly:
 * whoever sends to it can wait for it. */
#include "../../../monitor/link.h"

#include <CUnit/CUnit.h>

enum { ENOUGH = 10000 };

typedef struct flooded {
    monitor_link *link;
    uv_idle_t other;
    int flooder;
    unsigned messages, turns;
} flooded;

static void send_one(const flooded *f)
{
    const uint8_t byte = MONITOR_line;
    CU_ASSERT_EQUAL(port_message_send(f->flooder, (cleat_slice){&byte, 1}, NULL, NULL), CLEAT_OK);
}

static void stop(flooded *f)
{
    monitor_link_close(f->link);
    uv_close((uv_handle_t *)&f->other, NULL);
}

/* There is always another one. */
static bool on_message(void *user, cleat_slice bytes, port_attached *attached)
{
    flooded *f = user;
    (void)bytes, (void)attached;
    send_one(f);
    if (++f->messages == ENOUGH)
        stop(f);
    return true;
}

static void on_end(void *user, const cleat_error *why)
{
    (void)user, (void)why;
    CU_FAIL("the link ends");
}

static void on_turn(uv_idle_t *idle)
{
    flooded *f = idle->data;
    f->turns++;
}

static void test_flood(void)
{
    uv_loop_t loop;
    int pair[2];
    flooded f = {.messages = 0};
    const monitor_link_owner owner = {&f, on_message, on_end, NULL};
    CU_ASSERT_EQUAL_FATAL(uv_loop_init(&loop), 0);
    CU_ASSERT_EQUAL_FATAL(port_message_pair(pair, NULL), CLEAT_OK);
    f.flooder = pair[1];
    CU_ASSERT_EQUAL_FATAL(monitor_link_new(&f.link, &loop, pair[0], &owner), CLEAT_OK);
    uv_idle_init(&loop, &f.other);
    f.other.data = &f;
    uv_idle_start(&f.other, on_turn);
    send_one(&f);
    uv_run(&loop, UV_RUN_DEFAULT);
    CU_ASSERT_EQUAL(f.messages, ENOUGH);
    CU_ASSERT(f.turns > ENOUGH / 100);
    port_attached_close(&(port_attached){.fds = {pair[1], -1, -1}, .count = 1});
    CU_ASSERT_EQUAL(uv_loop_close(&loop), 0);
}

/* ---- a slow reader ---- */

static void read_all(void *socket)
{
    uint8_t space[64 << 10];
    size_t len;
    port_attached attached;
    unsigned count = 0;
    while (count < ENOUGH)
        count += port_message_receive(*(int *)socket, space, sizeof space, &len, &attached, NULL) ==
                 CLEAT_OK;
}

/* A link whose owner notes what comes, and the other process's end. */
typedef struct noting {
    uv_loop_t loop;
    monitor_link *link;
    int other;
    unsigned messages;
    bool ended;
    cleat_status why;
} noting;

static bool note_message(void *user, cleat_slice bytes, port_attached *attached)
{
    noting *n = user;
    (void)bytes, (void)attached;
    n->messages++;
    return true;
}

static void note_end(void *user, const cleat_error *why)
{
    noting *n = user;
    n->ended = true;
    n->why = why->status;
}

static void begin(noting *n)
{
    int pair[2];
    const monitor_link_owner owner = {n, note_message, note_end, NULL};
    *n = (noting){.other = -1};
    CU_ASSERT_EQUAL_FATAL(uv_loop_init(&n->loop), 0);
    CU_ASSERT_EQUAL_FATAL(port_message_pair(pair, NULL), CLEAT_OK);
    n->other = pair[1];
    CU_ASSERT_EQUAL_FATAL(monitor_link_new(&n->link, &n->loop, pair[0], &owner), CLEAT_OK);
}

static void send_enough(const noting *n)
{
    for (unsigned i = 0; i < ENOUGH; i++)
        MONITOR_SEND(n->link, line, .text = cleat_slice_of("more than fits into the socket"));
}

static void close_other(noting *n)
{
    port_attached_close(&(port_attached){.fds = {n->other, -1, -1}, .count = 1});
}

static void finish(noting *n)
{
    monitor_link_close(n->link);
    uv_run(&n->loop, UV_RUN_DEFAULT);
    CU_ASSERT_EQUAL(uv_loop_close(&n->loop), 0);
}

static void test_drain(void)
{
    noting n;
    uv_thread_t reader;
    begin(&n);
    send_enough(&n);
    CU_ASSERT_FALSE(monitor_link_is_flushed(n.link));
    CU_ASSERT_EQUAL_FATAL(uv_thread_create(&reader, read_all, &n.other), 0);
    monitor_link_drain(n.link);
    CU_ASSERT(monitor_link_is_flushed(n.link));
    uv_thread_join(&reader);
    close_other(&n);
    finish(&n);
    CU_ASSERT_FALSE(n.ended);
}

static void test_drain_without_reader(void)
{
    noting n;
    begin(&n);
    send_enough(&n);
    CU_ASSERT_EQUAL(port_message_send(n.other, cleat_slice_of("x"), NULL, NULL), CLEAT_OK);
    close_other(&n);
    monitor_link_drain(n.link);
    CU_ASSERT_FALSE(n.ended); /* not while somebody sends */
    uv_run(&n.loop, UV_RUN_DEFAULT);
    CU_ASSERT(n.ended);
    CU_ASSERT_EQUAL(n.why, CLEAT_E_CLOSED);
    CU_ASSERT_EQUAL(n.messages, 1); /* what was said before is heard */
    finish(&n);
}

/* Nobody reads, and there is more than is kept. */
static void test_too_much(void)
{
    enum { LONG = 64 << 10, TIMES = 200 };
    static uint8_t text[LONG];
    noting n;
    begin(&n);
    for (unsigned i = 0; i < TIMES; i++)
        MONITOR_SEND(n.link, signature, .signature = (cleat_slice){text, LONG});
    CU_ASSERT_FALSE(n.ended);
    uv_run(&n.loop, UV_RUN_DEFAULT);
    CU_ASSERT_EQUAL(n.why, CLEAT_E_NOMEM);
    finish(&n);
    close_other(&n);
}

void suite_monitor_link(void)
{
    CU_pSuite s = CU_add_suite("monitor_link", NULL, NULL);
    CU_ADD_TEST(s, test_flood);
    CU_ADD_TEST(s, test_drain);
    CU_ADD_TEST(s, test_drain_without_reader);
    CU_ADD_TEST(s, test_too_much);
}
