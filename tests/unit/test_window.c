/* The receiving window. */
#include "channel/window.h"

#include <CUnit/CUnit.h>

static void more_than_the_window_is_refused(void)
{
    cl_window w;
    cl_window_init(&w, 1000);
    CU_ASSERT_EQUAL(cl_window_take(&w, 600, 0), CLEAT_OK);
    CU_ASSERT_EQUAL(cl_window_take(&w, 401, 0), CLEAT_E_PROTO);
    CU_ASSERT_EQUAL(cl_window_take(&w, 400, 0), CLEAT_OK);
    CU_ASSERT_EQUAL(cl_window_take(&w, 1, 0), CLEAT_E_PROTO);
}

static void window_is_not_reopened_before_consume(void)
{
    cl_window w;
    uint32_t credit;
    cl_window_init(&w, 1000);
    CU_ASSERT_EQUAL(cl_window_take(&w, 1000, 0), CLEAT_OK);
    CU_ASSERT_EQUAL(cl_window_consume(&w, 499, 1000, 0, &credit), CLEAT_OK);
    CU_ASSERT_EQUAL(credit, 0);
    CU_ASSERT_EQUAL(cl_window_consume(&w, 1, 1000, 0, &credit), CLEAT_OK);
    CU_ASSERT_EQUAL(credit, 500);
}

static void more_cannot_be_consumed_than_came(void)
{
    cl_window w;
    uint32_t credit;
    cl_window_init(&w, 1000);
    CU_ASSERT_EQUAL(cl_window_take(&w, 10, 0), CLEAT_OK);
    CU_ASSERT_EQUAL(cl_window_consume(&w, 11, 1000, 0, &credit), CLEAT_E_BAD_CALL);
}

/* Packets of 32 KiB, each consumed at once; the peer waits for round_trip_ms at each edge that it
 * knows of and needs packet_ms for each packet. Returns the window after some rounds. */
static uint32_t size_after(unsigned round_trip_ms, unsigned packet_ms, uint32_t grow_max)
{
    cl_window w;
    uint32_t credit;
    uint64_t now = 1000;
    cl_window_init(&w, 512 << 10);
    for (int packet = 0; packet < 2000; packet++) {
        CU_ASSERT_EQUAL_FATAL(cl_window_take(&w, 32 << 10, now), CLEAT_OK);
        bool waits = w.delivered == w.old_edge;
        CU_ASSERT_EQUAL(cl_window_consume(&w, 32 << 10, grow_max, now, &credit), CLEAT_OK);
        now += packet_ms + (waits ? round_trip_ms : 0);
    }
    return w.size;
}

static void window_grows_while_the_peer_waits_for_it(void)
{
    CU_ASSERT_EQUAL(size_after(100, 0, 8 << 20), 8 << 20);
    CU_ASSERT_EQUAL(size_after(100, 0, 1 << 20), 1 << 20);
}

/* A slow path is no reason: its packets come as evenly at the edge as elsewhere. */
static void window_stays_where_the_path_is_slow(void)
{
    CU_ASSERT_EQUAL(size_after(0, 5, 8 << 20), 512 << 10);
    CU_ASSERT_EQUAL(size_after(0, 0, 8 << 20), 512 << 10);
}

/* A stalled reader stops the peer too, but must not make memory follow it. */
static void window_stays_flat_with_a_stalled_reader(void)
{
    cl_window w;
    uint32_t credit;
    uint64_t now = 1000;
    cl_window_init(&w, 512 << 10);
    for (int round = 0; round < 50; round++) {
        while (w.edge > w.delivered)
            CU_ASSERT_EQUAL_FATAL(cl_window_take(&w, 32 << 10, now), CLEAT_OK);
        now += 100;
        CU_ASSERT_EQUAL(cl_window_consume(&w, w.delivered - w.consumed, 8 << 20, now, &credit),
                        CLEAT_OK);
    }
    CU_ASSERT_EQUAL(w.size, 512 << 10);
}

void suite_window(void)
{
    CU_pSuite s = CU_add_suite("window", NULL, NULL);
    CU_add_test(s, "more_than_the_window_is_refused", more_than_the_window_is_refused);
    CU_add_test(s, "window_is_not_reopened_before_consume", window_is_not_reopened_before_consume);
    CU_add_test(s, "more_cannot_be_consumed_than_came", more_cannot_be_consumed_than_came);
    CU_add_test(s, "window_grows_while_the_peer_waits_for_it",
                window_grows_while_the_peer_waits_for_it);
    CU_add_test(s, "window_stays_where_the_path_is_slow", window_stays_where_the_path_is_slow);
    CU_add_test(s, "window_stays_flat_with_a_stalled_reader",
                window_stays_flat_with_a_stalled_reader);
}
