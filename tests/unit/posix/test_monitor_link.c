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

typedef struct reader_gone {
    unsigned messages;
    bool ended;
    cleat_status why;
} reader_gone;

static bool note_message(void *user, cleat_slice bytes, port_attached *attached)
{
    reader_gone *r = user;
    (void)bytes, (void)attached;
    r->messages++;
    return true;
}

static void note_end(void *user, const cleat_error *why)
{
    reader_gone *r = user;
    r->ended = true;
    r->why = why->status;
}

static void test_drain(void)
{
    uv_loop_t loop;
    uv_thread_t reader;
    monitor_link *link;
    int pair[2];
    const monitor_link_owner owner = {NULL, note_message, on_end, NULL};
    CU_ASSERT_EQUAL_FATAL(uv_loop_init(&loop), 0);
    CU_ASSERT_EQUAL_FATAL(port_message_pair(pair, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(monitor_link_new(&link, &loop, pair[0], &owner), CLEAT_OK);
    for (unsigned i = 0; i < ENOUGH; i++)
        MONITOR_SEND(link, line, .text = cleat_slice_of("more than fits into the socket"));
    CU_ASSERT_FALSE(monitor_link_is_flushed(link));
    CU_ASSERT_EQUAL_FATAL(uv_thread_create(&reader, read_all, &pair[1]), 0);
    monitor_link_drain(link);
    CU_ASSERT(monitor_link_is_flushed(link));
    uv_thread_join(&reader);
    port_attached_close(&(port_attached){.fds = {pair[1], -1, -1}, .count = 1});
    monitor_link_close(link);
    uv_run(&loop, UV_RUN_DEFAULT);
    CU_ASSERT_EQUAL(uv_loop_close(&loop), 0);
}

static void test_drain_without_reader(void)
{
    uv_loop_t loop;
    monitor_link *link;
    int pair[2];
    reader_gone r = {.messages = 0};
    const monitor_link_owner owner = {&r, note_message, note_end, NULL};
    CU_ASSERT_EQUAL_FATAL(uv_loop_init(&loop), 0);
    CU_ASSERT_EQUAL_FATAL(port_message_pair(pair, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(monitor_link_new(&link, &loop, pair[0], &owner), CLEAT_OK);
    for (unsigned i = 0; i < ENOUGH; i++)
        MONITOR_SEND(link, line, .text = cleat_slice_of("more than fits into the socket"));
    CU_ASSERT_EQUAL(port_message_send(pair[1], cleat_slice_of("x"), NULL, NULL), CLEAT_OK);
    port_attached_close(&(port_attached){.fds = {pair[1], -1, -1}, .count = 1});
    monitor_link_drain(link);
    CU_ASSERT_FALSE(r.ended); /* not while somebody sends */
    uv_run(&loop, UV_RUN_DEFAULT);
    CU_ASSERT(r.ended);
    CU_ASSERT_EQUAL(r.why, CLEAT_E_CLOSED);
    CU_ASSERT_EQUAL(r.messages, 1); /* what was said before is heard */
    monitor_link_close(link);
    uv_run(&loop, UV_RUN_DEFAULT);
    CU_ASSERT_EQUAL(uv_loop_close(&loop), 0);
}

/* Nobody reads, and there is more than is kept. */
static void test_too_much(void)
{
    enum { LONG = 64 << 10, TIMES = 200 };
    static uint8_t text[LONG];
    uv_loop_t loop;
    monitor_link *link;
    int pair[2];
    reader_gone r = {.messages = 0};
    const monitor_link_owner owner = {&r, note_message, note_end, NULL};
    CU_ASSERT_EQUAL_FATAL(uv_loop_init(&loop), 0);
    CU_ASSERT_EQUAL_FATAL(port_message_pair(pair, NULL), CLEAT_OK);
    CU_ASSERT_EQUAL_FATAL(monitor_link_new(&link, &loop, pair[0], &owner), CLEAT_OK);
    for (unsigned i = 0; i < TIMES; i++)
        MONITOR_SEND(link, signature, .signature = (cleat_slice){text, LONG});
    CU_ASSERT_FALSE(r.ended);
    uv_run(&loop, UV_RUN_DEFAULT);
    CU_ASSERT_EQUAL(r.why, CLEAT_E_NOMEM);
    monitor_link_close(link);
    uv_run(&loop, UV_RUN_DEFAULT);
    CU_ASSERT_EQUAL(uv_loop_close(&loop), 0);
    port_attached_close(&(port_attached){.fds = {pair[1], -1, -1}, .count = 1});
}

void suite_monitor_link(void)
{
    CU_pSuite s = CU_add_suite("monitor_link", NULL, NULL);
    CU_ADD_TEST(s, test_flood);
    CU_ADD_TEST(s, test_drain);
    CU_ADD_TEST(s, test_drain_without_reader);
    CU_ADD_TEST(s, test_too_much);
}
