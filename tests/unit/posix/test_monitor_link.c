/* A process that sends without end: who else is on the loop has a turn. */
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

void suite_monitor_link(void)
{
    CU_pSuite s = CU_add_suite("monitor_link", NULL, NULL);
    CU_ADD_TEST(s, test_flood);
}
