/* The receiving window of a channel. */
#include "window.h"

/* The peer counts as out of window when less than a common packet is left. */
enum { DRY_BELOW = 32 << 10 };

void cl_window_init(cl_window *w, uint32_t size)
{
    *w = (cl_window){.size = size, .edge = size};
}

/* A window is too small for the path when the peer runs into its edge while the reader has kept
 * up: then less than one bandwidth-delay product was allowed to be under way. A reader that stalls
 * also stops the peer, but leaves most of the window unconsumed; that must not grow it, or memory
 * would follow the slowest reader. */
cleat_status cl_window_take(cl_window *w, uint32_t n)
{
    if (n > w->edge - w->delivered)
        return CLEAT_E_PROTO;
    bool reader_keeps_up = w->delivered - w->consumed <= w->size / 4;
    w->delivered += n;
    if (reader_keeps_up && w->edge - w->delivered < DRY_BELOW)
        w->ran_dry = true;
    return CLEAT_OK;
}

static void grow(cl_window *w, uint32_t grow_max)
{
    uint64_t doubled = (uint64_t)w->size * 2;
    w->ran_dry = false;
    if (doubled > grow_max)
        doubled = grow_max;
    if (doubled > w->size)
        w->size = (uint32_t)doubled;
}

/* Small credits are saved up: RFC 4254 §5.2 allows any grain, and one adjust per half window keeps
 * the reverse path quiet without ever letting the peer stall. */
cleat_status cl_window_consume(cl_window *w, uint64_t n, uint32_t grow_max, uint32_t *credit)
{
    *credit = 0;
    if (n > w->delivered - w->consumed)
        return CLEAT_E_BAD_CALL;
    w->consumed += n;
    if (w->consumed + w->size - w->edge < w->size / 2)
        return CLEAT_OK;
    if (w->ran_dry)
        grow(w, grow_max);
    *credit = (uint32_t)(w->consumed + w->size - w->edge);
    w->edge += *credit;
    return CLEAT_OK;
}
