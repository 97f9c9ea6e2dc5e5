/* Global requests (RFC 4254 §4): replies have no number, so both directions are queues. */
#include "conn_int.h"
#include "handlers.h"

#include "../base/alloc.h"
#include "../wire/messages.h"

void cl_globals_init(cleat_conn *c)
{
    c->globals.announced_memory = (cl_arena){.mem = c->env->mem};
    c->globals.proof_keys = CL_BUF(c->env->mem);
}

void cl_globals_free(cleat_conn *c)
{
    cl_globals *g = &c->globals;
    while (g->due_first) {
        cl_global_due *next = g->due_first->next;
        cl_buf_free(&g->due_first->payload);
        cl_alloc_free(c->env->mem, g->due_first);
        g->due_first = next;
    }
    while (g->awaited_first) {
        cl_global_awaited *next = g->awaited_first->next;
        cl_alloc_free(c->env->mem, g->awaited_first);
        g->awaited_first = next;
    }
    cl_arena_free(&g->announced_memory);
    cl_buf_free(&g->proof_keys);
}

/* ---- ours ---- */

static cleat_status await_reply(cleat_conn *c, cl_global_kind kind, uint64_t tag)
{
    cl_globals *g = &c->globals;
    if (g->awaited_count >= CL_GLOBALS_MAX)
        return CLEAT_E_LIMIT;
    cl_global_awaited *node = cl_alloc_zero(c->env->mem, sizeof *node);
    if (!node)
        return CLEAT_E_NOMEM;
    *node = (cl_global_awaited){.kind = kind, .tag = tag, .sent_at = c->now};
    if (g->awaited_last)
        g->awaited_last->next = node;
    else
        g->awaited_first = node;
    g->awaited_last = node;
    g->awaited_count++;
    return CLEAT_OK;
}

cleat_status cl_conn_global_send(cleat_conn *c, const char *name, bool want_reply,
                                 cleat_slice fields, cl_global_kind kind, uint64_t tag)
{
    cleat_status st = want_reply ? await_reply(c, kind, tag) : CLEAT_OK;
    if (st != CLEAT_OK)
        return st;
    cl_buf b = CL_BUF(c->env->mem);
    const cl_msg_global_request request = {
        .name = cleat_slice_of(name), .want_reply = want_reply, .fields = fields};
    cl_encode_global_request(&b, &request);
    return cl_link_send_buf(&c->link, &b);
}

cleat_status cleat_conn_global_request(cleat_conn *c, const char *name, bool want_reply,
                                       cleat_slice payload, uint64_t tag)
{
    if (c->base != CL_PH_OPEN || c->end != CL_END_NONE)
        return CLEAT_E_BAD_CALL;
    return cl_conn_check(c,
                         cl_conn_global_send(c, name, want_reply, payload, CL_GLOBAL_OWNER, tag));
}

cleat_status cl_conn_send_keepalive(cleat_conn *c)
{
    return cl_conn_global_send(c, "keepalive@openssh.com", true, CL_SLICE_EMPTY,
                               CL_GLOBAL_KEEPALIVE, 0);
}

/* An eighth of each new measurement, as TCP does (RFC 6298 §2). */
void cl_conn_measure(cleat_conn *c, uint64_t sent_at)
{
    uint32_t sample = (uint32_t)(c->now - sent_at);
    c->rtt_ms = c->rtt_ms ? (7 * c->rtt_ms + sample) / 8 : sample;
}

static cleat_status tell_reply(cleat_conn *c, uint64_t tag, bool success, cleat_slice fields)
{
    cl_event_node *node = cl_events_push(&c->events, CLEAT_EV_GLOBAL_REPLY);
    if (!node)
        return CLEAT_E_NOMEM;
    node->event.u.global_reply.success = success;
    node->event.u.global_reply.payload = cl_arena_copy(&node->arena, fields);
    node->event.u.global_reply.tag = tag;
    return node->arena.status;
}

static cleat_status on_reply(cleat_conn *c, bool success, cleat_slice fields)
{
    cl_globals *g = &c->globals;
    cl_global_awaited *node = g->awaited_first;
    if (!node)
        return cl_fail(&c->error, CLEAT_E_PROTO, "reply to a global request that we did not make");
    const cl_global_awaited request = *node;
    g->awaited_first = node->next;
    if (!g->awaited_first)
        g->awaited_last = NULL;
    g->awaited_count--;
    cl_alloc_free(c->env->mem, node);
    cl_conn_measure(c, request.sent_at);
    if (request.kind == CL_GLOBAL_PROVE)
        return cl_hostkeys_on_proof(c, success, fields);
    if (request.kind == CL_GLOBAL_OWNER)
        return tell_reply(c, request.tag, success, fields);
    return CLEAT_OK;
}

cleat_status cl_on_request_success(cleat_conn *c, cleat_slice payload)
{
    cl_msg_request_success m;
    cleat_status st = cl_decode_request_success(payload, &m);
    return st == CLEAT_OK ? on_reply(c, true, m.fields) : st;
}

cleat_status cl_on_request_failure(cleat_conn *c, cleat_slice payload)
{
    cl_msg_request_failure m;
    cleat_status st = cl_decode_request_failure(payload, &m);
    return st == CLEAT_OK ? on_reply(c, false, CL_SLICE_EMPTY) : st;
}

/* ---- the peer's ---- */

cl_global_due *cl_globals_owe(cleat_conn *c, uint64_t query)
{
    cl_globals *g = &c->globals;
    cl_global_due *due = cl_alloc_zero(c->env->mem, sizeof *due);
    if (!due)
        return NULL;
    due->query = query;
    due->payload = CL_BUF(c->env->mem);
    if (g->due_last)
        g->due_last->next = due;
    else
        g->due_first = due;
    g->due_last = due;
    g->due_count++;
    return due;
}

static cleat_status send_reply(cleat_conn *c, bool success, cleat_slice fields)
{
    cl_buf b = CL_BUF(c->env->mem);
    const cl_msg_request_success yes = {.fields = fields};
    const cl_msg_request_failure no = {0};
    if (success)
        cl_encode_request_success(&b, &yes);
    else
        cl_encode_request_failure(&b, &no);
    return cl_link_send_buf(&c->link, &b);
}

cleat_status cl_globals_flush(cleat_conn *c)
{
    cl_globals *g = &c->globals;
    cleat_status st = CLEAT_OK;
    while (st == CLEAT_OK && g->due_first && g->due_first->answered) {
        cl_global_due *due = g->due_first;
        g->due_first = due->next;
        if (!g->due_first)
            g->due_last = NULL;
        g->due_count--;
        st = send_reply(c, due->success, cl_buf_slice(&due->payload));
        cl_buf_free(&due->payload);
        cl_alloc_free(c->env->mem, due);
    }
    return st;
}

cleat_status cl_globals_answer(cleat_conn *c, uint64_t query, bool success, cleat_slice payload)
{
    for (cl_global_due *due = c->globals.due_first; due; due = due->next) {
        if (due->query != query)
            continue;
        due->answered = true;
        due->success = success;
        cl_buf_add_slice(&due->payload, payload);
        return due->payload.status == CLEAT_OK ? cl_globals_flush(c) : due->payload.status;
    }
    return CLEAT_E_STALE;
}

cleat_status cleat_answer_global(cleat_conn *c, uint64_t query, cleat_slice payload)
{
    cleat_status st = cl_query_take(&c->queries, query, CL_QUERY_GLOBAL_REQUEST, NULL);
    if (st != CLEAT_OK)
        return st;
    return cl_conn_check(c, cl_globals_answer(c, query, true, payload));
}

cleat_status cleat_answer_forward(cleat_conn *c, uint64_t query, uint16_t chosen)
{
    cl_buf b = CL_BUF(c->env->mem);
    if (chosen)
        cl_put_u32(&b, chosen);
    cleat_status st = b.status;
    if (st == CLEAT_OK)
        st = cleat_answer_global(c, query, cl_buf_slice(&b));
    cl_buf_free(&b);
    return st;
}

/* What the engine answers by itself. */
static cleat_status answer_here(cleat_conn *c, bool want_reply, bool success)
{
    if (!want_reply)
        return CLEAT_OK;
    cl_global_due *due = cl_globals_owe(c, 0);
    if (!due)
        return CLEAT_E_NOMEM;
    due->answered = true;
    due->success = success;
    return cl_globals_flush(c);
}

static bool is_forward(cleat_slice name)
{
    return cl_slice_is(name, "tcpip-forward") || cl_slice_is(name, "cancel-tcpip-forward");
}

static cleat_status read_forward(cl_event_node *node, cleat_slice fields)
{
    cl_reader r = cl_reader_of(fields);
    cleat_slice host = cl_get_text(&r);
    uint32_t port = cl_get_u32(&r);
    if (port > UINT16_MAX)
        cl_reader_fault(&r);
    node->event.u.global.host = cl_arena_text(&node->arena, host);
    node->event.u.global.port = (uint16_t)port;
    return cl_reader_done(&r);
}

/* OpenSSH's PROTOCOL, 2.4. */
static bool is_socket_forward(cleat_slice name)
{
    return cl_slice_is(name, "streamlocal-forward@openssh.com") ||
           cl_slice_is(name, "cancel-streamlocal-forward@openssh.com");
}

static cleat_status read_socket_forward(cl_event_node *node, cleat_slice fields)
{
    cl_reader r = cl_reader_of(fields);
    node->event.u.global.path = cl_arena_text(&node->arena, cl_get_text(&r));
    return cl_reader_done(&r);
}

static cleat_status read_fields(cl_event_node *node, const cl_msg_global_request *m)
{
    if (is_forward(m->name))
        return read_forward(node, m->fields);
    return is_socket_forward(m->name) ? read_socket_forward(node, m->fields) : CLEAT_OK;
}

static cleat_status ask_owner(cleat_conn *c, const cl_msg_global_request *m)
{
    cl_event_node *node;
    cleat_status st = CLEAT_OK;
    if (m->want_reply) {
        st = cl_link_ask(&c->link, CL_QUERY_GLOBAL_REQUEST, 0, CLEAT_EV_GLOBAL_REQUEST, &node);
        if (st == CLEAT_OK && !cl_globals_owe(c, node->event.query))
            st = CLEAT_E_NOMEM;
    } else {
        node = cl_events_push(&c->events, CLEAT_EV_GLOBAL_REQUEST);
        st = node ? CLEAT_OK : CLEAT_E_NOMEM;
    }
    if (st != CLEAT_OK)
        return st;
    node->event.u.global.name = cl_arena_text(&node->arena, m->name);
    node->event.u.global.payload = cl_arena_copy(&node->arena, m->fields);
    st = read_fields(node, m);
    return st == CLEAT_OK ? node->arena.status : st;
}

cleat_status cl_on_global_request(cleat_conn *c, cleat_slice payload)
{
    cl_msg_global_request m;
    cleat_status st = cl_decode_global_request(payload, &m);
    if (st != CLEAT_OK)
        return st;
    c->said_more = true;
    c->exchanges_in_a_row = 0;
    if (c->globals.due_count >= CL_GLOBALS_MAX)
        return cl_fail(&c->error, CLEAT_E_LIMIT, "over %d unanswered global requests",
                       CL_GLOBALS_MAX);
    if (cl_slice_is(m.name, "keepalive@openssh.com"))
        return answer_here(c, m.want_reply, true);
    if (cl_slice_is(m.name, "no-more-sessions@openssh.com") && c->role == CLEAT_SERVER) {
        c->mux.no_more_sessions = true;
        return answer_here(c, m.want_reply, true);
    }
    if (cl_slice_is(m.name, "hostkeys-00@openssh.com") && c->role == CLEAT_CLIENT)
        return cl_hostkeys_on_announce(c, m.fields);
    if (cl_slice_is(m.name, "hostkeys-prove-00@openssh.com") && c->role == CLEAT_SERVER)
        return cl_hostkeys_on_prove(c, m.fields);
    return ask_owner(c, &m);
}
