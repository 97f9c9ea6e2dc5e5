/* The receiving window of a channel. */
#include "window.h"

void cl_window_init(cl_window *w, uint32_t size)
{
    *w = (cl_window){.size = size, .edge = size};
}

/* A reader that stalls leaves most of the window unconsumed and so stops the peer; that must not
 * make the window grow, or memory would follow the slowest reader. */
cleat_status cl_window_take(cl_window *w, uint32_t n)
{
    if (n > w->edge - w->delivered)
        return CLEAT_E_PROTO;
    if (w->delivered - w->consumed > w->size / 4)
        w->reader_lags = true;
    w->delivered += n;
    return CLEAT_OK;
}

/* The bandwidth-delay product: what comes in one round trip. Since credits are given at half a
 * window, a peer that the window holds up sends half a window in every round trip or more; where
 * less comes, something else is the bound. */
static bool is_too_small(cl_window *w, uint64_t now, uint32_t round_trip)
{
    uint64_t spent = now - w->since;
    uint64_t least = round_trip ? round_trip : 1; /* unknown, or less than the clock can tell */
    if (spent < least)
        return false;
    uint64_t in_a_trip = (w->delivered - w->delivered_then) * least / spent;
    bool small = !w->reader_lags && in_a_trip >= w->size / 2;
    w->since = now;
    w->delivered_then = w->delivered;
    w->reader_lags = false;
    return small;
}

static void grow(cl_window *w, uint32_t grow_max)
{
    uint64_t doubled = (uint64_t)w->size * 2;
    if (doubled > grow_max)
        doubled = grow_max;
    if (doubled > w->size)
        w->size = (uint32_t)doubled;
}

/* Small credits are saved up: RFC 4254 §5.2 allows any grain, and one adjust per half window keeps
 * the reverse path quiet without ever letting the peer stall. */
cleat_status cl_window_consume(cl_window *w, uint64_t n, const cl_window_path *path,
                               uint32_t *credit)
{
    *credit = 0;
    if (n > w->delivered - w->consumed)
        return CLEAT_E_BAD_CALL;
    w->consumed += n;
    if (w->consumed + w->size - w->edge < w->size / 2)
        return CLEAT_OK;
    if (is_too_small(w, path->now, path->round_trip))
        grow(w, path->grow_max);
    *credit = (uint32_t)(w->consumed + w->size - w->edge);
    w->edge += *credit;
    return CLEAT_OK;
}
