/* Events on their way to the owner, queries that wait for an answer, and the link by which the
 * layers reach the engine without knowing it. */
#ifndef CL_WIRE_EVENTS_H
#define CL_WIRE_EVENTS_H

#include "../base/arena.h"
#include "../base/buf.h"
#include "../base/log.h"
#include "../base/slice.h"

#include <cleat/event.h>

typedef struct cl_event_node {
    struct cl_event_node *next;
    cleat_event event;
    cl_arena arena; /* owns the event's strings; wiped with it */
} cl_event_node;

typedef struct cl_events {
    const cleat_allocator *mem;
    cl_event_node *head, *tail;
    cl_event_node *current; /* handed out, freed by the next call */
} cl_events;

/* Appends an empty event; NULL when there is no memory. Its strings go into node->arena, whose
 * status the caller checks at the end. */
cl_event_node *cl_events_push(cl_events *q, cleat_event_type type);

/* Frees the event handed out before and hands out the next; NULL when there is none. */
const cleat_event *cl_events_pop(cl_events *q);

/* Drops what waits. */
void cl_events_drop(cl_events *q);

bool cl_events_empty(const cl_events *q);

/* Drops what waits and names this channel: its handle is about to be freed. */
void cl_events_forget_channel(cl_events *q, const cleat_channel *ch);

void cl_events_free(cl_events *q);

/* ---- queries ---- */

typedef enum cl_query_kind {
    CL_QUERY_NONE = 0,
    CL_QUERY_HOSTKEY,
    CL_QUERY_SIGN_KEX,
    CL_QUERY_SIGN_PROVE,
    CL_QUERY_SIGN_USERAUTH,
    CL_QUERY_DH_GROUP,
    CL_QUERY_PROMPT,
    CL_QUERY_PASSWORD_CHANGE,
    CL_QUERY_AUTH,
    CL_QUERY_CHANNEL_OPEN,
    CL_QUERY_CHANNEL_REQUEST,
    CL_QUERY_GLOBAL_REQUEST
} cl_query_kind;

typedef struct cl_query {
    uint64_t id;
    cl_query_kind kind;
    uint32_t detail; /* for the kind's owner, e.g. the channel's number */
} cl_query;

/* Most connections have at most one open query; the limit bounds what a peer can pile up. */
#define CL_QUERIES_MAX 256

typedef struct cl_queries {
    const cleat_allocator *mem;
    cl_query *open;
    uint32_t count, cap;
    uint64_t last_id; /* ids are never used again within a connection */
} cl_queries;

CLEAT_MUST_USE cleat_status cl_query_open(cl_queries *q, cl_query_kind kind, uint32_t detail,
                                          uint64_t *id);

/* The kind of an open query, CL_QUERY_NONE for any other id. */
cl_query_kind cl_query_kind_of(const cl_queries *q, uint64_t id);

/* Closes the query if it is open and of that kind. CLEAT_E_STALE otherwise. */
CLEAT_MUST_USE cleat_status cl_query_take(cl_queries *q, uint64_t id, cl_query_kind kind,
                                          uint32_t *detail);

bool cl_query_any(const cl_queries *q, cl_query_kind kind);
void cl_queries_clear(cl_queries *q);

/* ---- the link ---- */

/* What auth, channel and kex may ask of the engine. */
typedef struct cl_link {
    const cleat_allocator *mem;
    const cl_logger *log;
    cleat_error *error;
    cl_events *events;
    cl_queries *queries;
    const uint64_t *now; /* the clock, and the path's round trip (0: unknown), in ms */
    const uint32_t *round_trip;
    void *engine;
    /* Queues one message given in parts; the engine holds it back while keys are exchanged. */
    cleat_status (*send)(void *engine, const cleat_slice *parts, size_t count);
    /* Bytes of bulk data that may be queued now; 0 while keys are exchanged. */
    size_t (*send_room)(void *engine);
} cl_link;

/* Sends the content of b, or reports b's own failure; frees b. What could not be sent for want of
 * memory ends the connection: its two sides no longer agree. */
CLEAT_MUST_USE cleat_status cl_link_send_buf(const cl_link *link, cl_buf *b);

/* Opens a query of this kind and pushes the event that carries it. *node NULL on failure. */
CLEAT_MUST_USE cleat_status cl_link_ask(const cl_link *link, cl_query_kind kind, uint32_t detail,
                                        cleat_event_type type, cl_event_node **node);

/* Pushes an event that needs no more than its type and channel. */
CLEAT_MUST_USE cleat_status cl_link_tell(const cl_link *link, cleat_event_type type,
                                         cleat_channel *channel);

#endif
