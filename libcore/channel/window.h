/* The receiving window of a channel (RFC 4254 §5.2): what the peer may send, what the application
 * has taken, and when to let the peer send more. */
#ifndef CL_CHANNEL_WINDOW_H
#define CL_CHANNEL_WINDOW_H

#include <cleat/types.h>

typedef struct cl_window {
    uint32_t size;      /* what the peer may have under way */
    uint64_t edge;      /* bytes that it may send in all */
    uint64_t delivered; /* bytes that came */
    uint64_t consumed;  /* bytes that the application has dealt with */
    uint64_t old_edge;  /* before the last credit */
    uint64_t credited_at;

    /* whether it is large enough for the path */
    bool stopped; /* the last data ended at old_edge ... */
    uint64_t stopped_at;
    uint64_t stop_began; /* ... with the bytes since this time */
    bool too_small;
} cl_window;

void cl_window_init(cl_window *w, uint32_t size);

/* n bytes came; CLEAT_E_PROTO when they were more than allowed. */
CLEAT_MUST_USE cleat_status cl_window_take(cl_window *w, uint32_t n, uint64_t now_ms);

/* The application has dealt with n bytes. *credit is what to grant the peer now, mostly 0: credits
 * are saved up to half a window. grow_max: how far the window may grow if it proved too small for
 * the path. CLEAT_E_BAD_CALL when n is more than it was given. */
CLEAT_MUST_USE cleat_status cl_window_consume(cl_window *w, uint64_t n, uint32_t grow_max,
                                              uint64_t now_ms, uint32_t *credit);

#endif
