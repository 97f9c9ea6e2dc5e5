/* Events on their way to the owner, queries that wait for an answer, and the link. */
#include "events.h"

#include "../base/alloc.h"
#include "../base/error.h"

cl_event_node *cl_events_push(cl_events *q, cleat_event_type type)
{
    cl_event_node *node = cl_alloc_zero(q->mem, sizeof *node);
    if (!node)
        return NULL;
    node->event.type = type;
    node->arena.mem = q->mem;
    if (q->tail)
        q->tail->next = node;
    else
        q->head = node;
    q->tail = node;
    return node;
}

static void node_free(cl_events *q, cl_event_node *node)
{
    if (!node)
        return;
    cl_arena_free(&node->arena);
    cl_alloc_free(q->mem, node);
}

static cl_event_node *unlink_head(cl_events *q)
{
    cl_event_node *node = q->head;
    q->head = node->next;
    if (!q->head)
        q->tail = NULL;
    return node;
}

/* An event that lacks a string for want of memory is no event: its owner would find NULL where it
 * may expect text. Whoever made it has reported the failure. */
const cleat_event *cl_events_pop(cl_events *q)
{
    node_free(q, q->current);
    q->current = NULL;
    while (q->head && q->head->arena.status != CLEAT_OK)
        node_free(q, unlink_head(q));
    if (!q->head)
        return NULL;
    q->current = unlink_head(q);
    return &q->current->event;
}

void cl_events_drop(cl_events *q)
{
    while (q->head)
        node_free(q, unlink_head(q));
}

bool cl_events_empty(const cl_events *q)
{
    return q->head == NULL;
}

void cl_events_forget_channel(cl_events *q, const cleat_channel *ch)
{
    cl_event_node **at = &q->head;
    q->tail = NULL;
    while (*at) {
        cl_event_node *node = *at;
        if (node->event.channel == ch) {
            *at = node->next;
            node_free(q, node);
            continue;
        }
        q->tail = node;
        at = &node->next;
    }
}

void cl_events_free(cl_events *q)
{
    while (cl_events_pop(q))
        continue;
}

cleat_status cl_query_open(cl_queries *q, cl_query_kind kind, uint32_t detail, uint64_t *id)
{
    *id = 0;
    if (q->count == q->cap) {
        uint32_t cap = q->cap ? q->cap * 2 : 2;
        if (cap > CL_QUERIES_MAX)
            return CLEAT_E_LIMIT;
        cl_query *open = cl_alloc_resize_array(q->mem, q->open, cap, sizeof *open);
        if (!open)
            return CLEAT_E_NOMEM;
        q->open = open;
        q->cap = cap;
    }
    *id = ++q->last_id;
    q->open[q->count++] = (cl_query){.id = *id, .kind = kind, .detail = detail};
    return CLEAT_OK;
}

static cl_query *find(const cl_queries *q, uint64_t id)
{
    for (uint32_t i = 0; i < q->count; i++) {
        if (q->open[i].id == id)
            return &q->open[i];
    }
    return NULL;
}

cl_query_kind cl_query_kind_of(const cl_queries *q, uint64_t id)
{
    const cl_query *query = find(q, id);
    return query ? query->kind : CL_QUERY_NONE;
}

cleat_status cl_query_take(cl_queries *q, uint64_t id, cl_query_kind kind, uint32_t *detail)
{
    cl_query *query = find(q, id);
    if (!query || query->kind != kind)
        return CLEAT_E_STALE;
    if (detail)
        *detail = query->detail;
    *query = q->open[--q->count];
    return CLEAT_OK;
}

bool cl_query_any(const cl_queries *q, cl_query_kind kind)
{
    for (uint32_t i = 0; i < q->count; i++) {
        if (q->open[i].kind == kind)
            return true;
    }
    return false;
}

void cl_queries_clear(cl_queries *q)
{
    cl_alloc_free(q->mem, q->open);
    q->open = NULL;
    q->count = 0;
    q->cap = 0;
}

cleat_status cl_link_send_buf(const cl_link *link, cl_buf *b)
{
    cleat_status st = b->status;
    cleat_slice whole = cl_buf_slice(b);
    if (st == CLEAT_OK)
        st = link->send(link->engine, &whole, 1);
    else if (st == CLEAT_E_NOMEM)
        st = cl_fail(link->error, st, "no memory for a message");
    cl_buf_free(b);
    return st;
}

cleat_status cl_link_ask(const cl_link *link, cl_query_kind kind, uint32_t detail,
                         cleat_event_type type, cl_event_node **node)
{
    uint64_t id;
    *node = NULL;
    cleat_status st = cl_query_open(link->queries, kind, detail, &id);
    if (st != CLEAT_OK)
        return st;
    *node = cl_events_push(link->events, type);
    if (!*node) {
        cleat_status taken = cl_query_take(link->queries, id, kind, NULL);
        return taken == CLEAT_OK ? CLEAT_E_NOMEM : CLEAT_E_INTERNAL;
    }
    (*node)->event.query = id;
    return CLEAT_OK;
}

cleat_status cl_link_tell(const cl_link *link, cleat_event_type type, cleat_channel *channel)
{
    cl_event_node *node = cl_events_push(link->events, type);
    if (!node)
        return CLEAT_E_NOMEM;
    node->event.channel = channel;
    return CLEAT_OK;
}
