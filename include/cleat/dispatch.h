/* Events by a table: which function deals with which event. A convenience above cleat_conn_next,
 * for programs that would otherwise write a large switch. */
#ifndef CLEAT_DISPATCH_H
#define CLEAT_DISPATCH_H

#include <cleat/event.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A row. ev is borrowed for the call; a query may be answered within it or later. */
typedef struct cleat_handler {
    cleat_event_type type;
    void (*handle)(void *user, cleat_conn *c, const cleat_event *ev);
} cleat_handler;

/* Calls the first row of the event's type. Without one, a query is refused, so that a peer that
 * asks for what the program knows nothing of is told no instead of waiting for ever. */
CLEAT_API void cleat_dispatch(cleat_conn *c, const cleat_event *ev, const cleat_handler *table,
                              size_t count, void *user);

#ifdef __cplusplus
}
#endif
#endif
