/* The receiving window of a channel (RFC 4254 §5.2): what the peer may send, what the application
 * has taken, and when to let the peer send more. */
#ifndef CL_CHANNEL_WINDOW_H
#define CL_CHANNEL_WINDOW_H

#include <cleat/types.h>

typedef struct cl_window {
    uint32_t size;                  /* what the peer may have under way */
    uint64_t edge;                  /* bytes that it may send in all */
    uint64_t delivered;             /* bytes that came */
    uint64_t consumed;              /* bytes that the application has dealt with */
    uint64_t since, delivered_then; /* when the running measurement began, and with what */
    bool reader_lags;               /* at some time in it most of the window was not consumed */
} cl_window;

/* What decides on growth. Times are in milliseconds. */
typedef struct cl_window_path {
    uint64_t now;
    uint32_t round_trip; /* 0: unknown */
    uint32_t grow_max;   /* how far the window may grow */
} cl_window_path;

void cl_window_init(cl_window *w, uint32_t size);

/* n bytes came; CLEAT_E_PROTO when they were more than allowed. */
CLEAT_MUST_USE cleat_status cl_window_take(cl_window *w, uint32_t n);

/* The application has dealt with n bytes. *credit is what to grant the peer now, mostly 0: credits
 * are saved up to half a window; with one the window may double, if it proved too small for the
 * path. CLEAT_E_BAD_CALL when n is more than it was given. */
CLEAT_MUST_USE cleat_status cl_window_consume(cl_window *w, uint64_t n, const cl_window_path *path,
                                              uint32_t *credit);

#endif
