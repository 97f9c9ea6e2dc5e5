/* The receiving window of a channel. */
#include "window.h"

/* A pause counts when it is more than this part of the time that the bytes before it took. */
enum { PAUSE_PART = 8 };

void cl_window_init(cl_window *w, uint32_t size)
{
    *w = (cl_window){.size = size, .edge = size, .old_edge = size};
}

/* A window is too small for the path when the peer, who fills it to the byte, has to wait at an
 * edge for our credit to arrive: it stops exactly where our credits stood before the last one, and
 * there is a pause although the reader has kept up. Then less than the path's bandwidth times its
 * round trip was allowed to be under way. A pause of no length is only a packet that ends there. */
static void judge_pause(cl_window *w, uint64_t now_ms)
{
    uint64_t pause = now_ms - w->stopped_at;
    if (pause > (now_ms - w->stop_began) / PAUSE_PART)
        w->too_small = true;
    w->stopped = false;
}

/* A reader that stalls also stops the peer, but leaves most of the window unconsumed; that must not
 * grow it, or memory would follow the slowest reader. */
cleat_status cl_window_take(cl_window *w, uint32_t n, uint64_t now_ms)
{
    if (n > w->edge - w->delivered)
        return CLEAT_E_PROTO;
    if (w->stopped)
        judge_pause(w, now_ms);
    bool reader_keeps_up = w->delivered - w->consumed <= w->size / 4;
    w->delivered += n;
    if (reader_keeps_up && w->delivered == w->old_edge) {
        w->stopped = true;
        w->stopped_at = now_ms;
        w->stop_began = w->credited_at;
    }
    return CLEAT_OK;
}

static void grow(cl_window *w, uint32_t grow_max)
{
    uint64_t doubled = (uint64_t)w->size * 2;
    w->too_small = false;
    if (doubled > grow_max)
        doubled = grow_max;
    if (doubled > w->size)
        w->size = (uint32_t)doubled;
}

/* Small credits are saved up: RFC 4254 §5.2 allows any grain, and one adjust per half window keeps
 * the reverse path quiet without ever letting the peer stall. */
cleat_status cl_window_consume(cl_window *w, uint64_t n, uint32_t grow_max, uint64_t now_ms,
                               uint32_t *credit)
{
    *credit = 0;
    if (n > w->delivered - w->consumed)
        return CLEAT_E_BAD_CALL;
    w->consumed += n;
    if (w->consumed + w->size - w->edge < w->size / 2)
        return CLEAT_OK;
    if (w->too_small)
        grow(w, grow_max);
    *credit = (uint32_t)(w->consumed + w->size - w->edge);
    w->old_edge = w->edge;
    w->edge += *credit;
    w->credited_at = now_ms;
    return CLEAT_OK;
}
