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

static void window_is_not_reopened_before_consume(void)
{
    cl_window w;
    uint32_t credit;
    cl_window_init(&w, 1000);
    CU_ASSERT_EQUAL(cl_window_take(&w, 1000), CLEAT_OK);
    CU_ASSERT_EQUAL(cl_window_consume(&w, 499, 1000, &credit), CLEAT_OK);
    CU_ASSERT_EQUAL(credit, 0);
    CU_ASSERT_EQUAL(cl_window_consume(&w, 1, 1000, &credit), CLEAT_OK);
    CU_ASSERT_EQUAL(credit, 500);
}

static void more_cannot_be_consumed_than_came(void)
{
    cl_window w;
    uint32_t credit;
    cl_window_init(&w, 1000);
    CU_ASSERT_EQUAL(cl_window_take(&w, 10), CLEAT_OK);
    CU_ASSERT_EQUAL(cl_window_consume(&w, 11, 1000, &credit), CLEAT_E_BAD_CALL);
}

/* A quick reader and a peer that runs dry: the path needs more. */
static void window_grows_when_the_path_needs_it(void)
{
    cl_window w;
    uint32_t credit;
    cl_window_init(&w, 64 << 10);
    CU_ASSERT_EQUAL(cl_window_take(&w, 64 << 10), CLEAT_OK);
    CU_ASSERT_EQUAL(cl_window_consume(&w, 64 << 10, 8 << 20, &credit), CLEAT_OK);
    CU_ASSERT_EQUAL(w.size, 128 << 10);
    CU_ASSERT_EQUAL(credit, 128 << 10);
}

/* A stalled reader stops the peer too, but must not make memory follow it. */
static void window_stays_flat_with_a_stalled_reader(void)
{
    cl_window w;
    uint32_t credit;
    cl_window_init(&w, 512 << 10);
    for (int round = 0; round < 50; round++) {
        while (w.edge > w.delivered)
            CU_ASSERT_EQUAL_FATAL(cl_window_take(&w, 32 << 10), CLEAT_OK);
        CU_ASSERT_EQUAL(cl_window_consume(&w, w.delivered - w.consumed, 8 << 20, &credit),
                        CLEAT_OK);
    }
    CU_ASSERT_EQUAL(w.size, 512 << 10);
}

static void growth_stops_at_its_limit(void)
{
    cl_window w;
    uint32_t credit;
    cl_window_init(&w, 64 << 10);
    for (int i = 0; i < 40; i++) {
        uint32_t left = (uint32_t)(w.edge - w.delivered);
        CU_ASSERT_EQUAL(cl_window_take(&w, left), CLEAT_OK);
        CU_ASSERT_EQUAL(cl_window_consume(&w, left, 1 << 20, &credit), CLEAT_OK);
    }
    CU_ASSERT_EQUAL(w.size, 1 << 20);
}

void suite_window(void)
{
    CU_pSuite s = CU_add_suite("window", NULL, NULL);
    CU_add_test(s, "more_than_the_window_is_refused", more_than_the_window_is_refused);
    CU_add_test(s, "window_is_not_reopened_before_consume", window_is_not_reopened_before_consume);
    CU_add_test(s, "more_cannot_be_consumed_than_came", more_cannot_be_consumed_than_came);
    CU_add_test(s, "window_grows_when_the_path_needs_it", window_grows_when_the_path_needs_it);
    CU_add_test(s, "window_stays_flat_with_a_stalled_reader",
                window_stays_flat_with_a_stalled_reader);
    CU_add_test(s, "growth_stops_at_its_limit", growth_stops_at_its_limit);
}
