/* The receiving window. */
#include "channel/window.h"

#include <CUnit/CUnit.h>

static void more_than_the_window_is_refused(void)
{
    cl_window w;
    cl_window_init(&w, 1000);
    CU_ASSERT_EQUAL(cl_window_take(&w, 600), CLEAT_OK);
    CU_ASSERT_EQUAL(cl_window_take(&w, 401), CLEAT_E_PROTO);
    CU_ASSERT_EQUAL(cl_window_take(&w, 400), CLEAT_OK);
    CU_ASSERT_EQUAL(cl_window_take(&w, 1), CLEAT_E_PROTO);
}

/* A path without a clock; growth is not meant. */
static const cl_window_path still = {.grow_max = 1000};

static void window_is_not_reopened_before_consume(void)
{
    cl_window w;
    uint32_t credit;
    cl_window_init(&w, 1000);
    CU_ASSERT_EQUAL(cl_window_take(&w, 1000), CLEAT_OK);
    CU_ASSERT_EQUAL(cl_window_consume(&w, 499, &still, &credit), CLEAT_OK);
    CU_ASSERT_EQUAL(credit, 0);
    CU_ASSERT_EQUAL(cl_window_consume(&w, 1, &still, &credit), CLEAT_OK);
    CU_ASSERT_EQUAL(credit, 500);
}

static void more_cannot_be_consumed_than_came(void)
{
    cl_window w;
    uint32_t credit;
    cl_window_init(&w, 1000);
    CU_ASSERT_EQUAL(cl_window_take(&w, 10), CLEAT_OK);
    CU_ASSERT_EQUAL(cl_window_consume(&w, 11, &still, &credit), CLEAT_E_BAD_CALL);
}

/* A peer on a path of `rate` bytes a millisecond and a round trip of `trip` ms, and a reader that
 * takes a packet at once, or only when the peer can send no more. Returns the window's final size.
 */
static uint32_t size_after(uint32_t trip, uint32_t rate, bool quick, uint32_t grow_max)
{
    enum { PACKET = 32 << 10, MS = 4000 };
    static uint64_t edges[MS]; /* as the receiver has set them */
    cl_window w;
    uint64_t sent = 0;
    cl_window_init(&w, 512 << 10);
    for (uint32_t now = 0; now < MS; now++) {
        cl_window_path path = {.now = now, .round_trip = trip, .grow_max = grow_max};
        uint64_t edge = now < trip ? 512 << 10 : edges[now - trip]; /* as the peer knows it */
        uint32_t credit;
        for (uint32_t out = 0; out < rate && sent + PACKET <= edge; out += PACKET) {
            sent += PACKET;
            CU_ASSERT_EQUAL_FATAL(cl_window_take(&w, PACKET), CLEAT_OK);
            if (quick)
                CU_ASSERT_EQUAL(cl_window_consume(&w, PACKET, &path, &credit), CLEAT_OK);
        }
        if (w.delivered == w.edge)
            CU_ASSERT_EQUAL(cl_window_consume(&w, w.delivered - w.consumed, &path, &credit),
                            CLEAT_OK);
        edges[now] = w.edge;
    }
    return w.size;
}

static void window_grows_to_what_the_path_holds(void)
{
    CU_ASSERT_EQUAL(size_after(50, 64 << 10, true, 32 << 20), 8 << 20); /* 50 * 64 KiB, twice */
    CU_ASSERT_EQUAL(size_after(10, 64 << 10, true, 32 << 20), 2 << 20);
}

static void window_stays_where_the_path_holds_less(void)
{
    CU_ASSERT_EQUAL(size_after(2, 64 << 10, true, 32 << 20), 512 << 10);
    CU_ASSERT_EQUAL(size_after(0, 64 << 10, true, 32 << 20), 512 << 10);
}

/* A stalled reader stops the peer too, but must not make memory follow it. */
static void window_stays_flat_with_a_stalled_reader(void)
{
    CU_ASSERT_EQUAL(size_after(50, 64 << 10, false, 32 << 20), 512 << 10);
}

static void growth_stops_at_its_limit(void)
{
    CU_ASSERT_EQUAL(size_after(50, 64 << 10, true, 3 << 20), 3 << 20);
}

void suite_window(void)
{
    CU_pSuite s = CU_add_suite("window", NULL, NULL);
    CU_add_test(s, "more_than_the_window_is_refused", more_than_the_window_is_refused);
    CU_add_test(s, "window_is_not_reopened_before_consume", window_is_not_reopened_before_consume);
    CU_add_test(s, "more_cannot_be_consumed_than_came", more_cannot_be_consumed_than_came);
    CU_add_test(s, "window_grows_to_what_the_path_holds", window_grows_to_what_the_path_holds);
    CU_add_test(s, "window_stays_where_the_path_holds_less",
                window_stays_where_the_path_holds_less);
    CU_add_test(s, "window_stays_flat_with_a_stalled_reader",
                window_stays_flat_with_a_stalled_reader);
    CU_add_test(s, "growth_stops_at_its_limit", growth_stops_at_its_limit);
}
