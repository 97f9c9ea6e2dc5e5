/* Channel requests from the peer and replies, both ways. */
#include "../base/alloc.h"
#include "../base/compat.h"
#include "../base/error.h"
#include "../wire/messages.h"
#include "mux.h"

typedef struct request_row {
    const char *name;
    cleat_request_type type;
    void (*read)(cl_reader *r, cl_event_node *node); /* NULL: no fields */
} request_row;

static void read_size(cl_reader *r, cleat_winsize *size)
{
    size->columns = cl_get_u32(r);
    size->rows = cl_get_u32(r);
    size->width_px = cl_get_u32(r);
    size->height_px = cl_get_u32(r);
}

static void read_pty(cl_reader *r, cl_event_node *node)
{
    cleat_pty *pty = &node->event.u.request.pty;
    pty->term = cl_arena_text(&node->arena, cl_get_text(r));
    read_size(r, &pty->size);
    pty->modes = cl_arena_copy(&node->arena, cl_get_string(r));
}

static void read_env(cl_reader *r, cl_event_node *node)
{
    node->event.u.request.env_name = cl_arena_text(&node->arena, cl_get_text(r));
    node->event.u.request.env_value = cl_arena_text(&node->arena, cl_get_text(r));
}

static void read_command(cl_reader *r, cl_event_node *node)
{
    node->event.u.request.command = cl_arena_text(&node->arena, cl_get_text(r));
}

static void read_window(cl_reader *r, cl_event_node *node)
{
    read_size(r, &node->event.u.request.size);
}

static void read_signal(cl_reader *r, cl_event_node *node)
{
    node->event.u.request.signal = cl_arena_text(&node->arena, cl_get_text(r));
}

static void read_number(cl_reader *r, cl_event_node *node)
{
    node->event.u.request.status = cl_get_u32(r);
}

static void read_exit_signal(cl_reader *r, cl_event_node *node)
{
    read_signal(r, node);
    node->event.u.request.core_dumped = cl_get_bool(r);
    node->event.text = cl_arena_text(&node->arena, cl_get_string(r));
    cl_get_string(r);
}

static void read_x11(cl_reader *r, cl_event_node *node)
{
    node->event.u.request.x11.single = cl_get_bool(r);
    node->event.u.request.x11.protocol = cl_arena_text(&node->arena, cl_get_text(r));
    node->event.u.request.x11.cookie = cl_arena_text(&node->arena, cl_get_text(r));
    node->event.u.request.x11.screen = cl_get_u32(r);
}

static const request_row rows[] = {
    {"pty-req", CLEAT_REQ_PTY, read_pty},
    {"env", CLEAT_REQ_ENV, read_env},
    {"shell", CLEAT_REQ_SHELL, NULL},
    {"exec", CLEAT_REQ_EXEC, read_command},
    {"subsystem", CLEAT_REQ_SUBSYSTEM, read_command},
    {"window-change", CLEAT_REQ_WINDOW_CHANGE, read_window},
    {"signal", CLEAT_REQ_SIGNAL, read_signal},
    {"break", CLEAT_REQ_BREAK, read_number},
    {"exit-status", CLEAT_REQ_EXIT_STATUS, read_number},
    {"exit-signal", CLEAT_REQ_EXIT_SIGNAL, read_exit_signal},
    {"eow@openssh.com", CLEAT_REQ_EOW, NULL},
    {"x11-req", CLEAT_REQ_X11, read_x11},
};

static const request_row *find_row(cleat_slice name)
{
    for (size_t i = 0; i < CL_COUNT(rows); i++) {
        if (cl_slice_is(name, rows[i].name))
            return &rows[i];
    }
    return NULL;
}

static cleat_status fill(const cl_msg_channel_request *m, cl_event_node *node)
{
    const request_row *row = find_row(m->name);
    node->event.u.request.name = cl_arena_text(&node->arena, m->name);
    node->event.u.request.payload = cl_arena_copy(&node->arena, m->fields);
    cleat_status st = CLEAT_OK;
    if (row) {
        cl_reader r = cl_reader_of(m->fields);
        node->event.u.request.type = row->type;
        if (row->read)
            row->read(&r, node);
        st = cl_reader_done(&r);
    }
    return st == CLEAT_OK ? node->arena.status : st;
}

/* ---- replies that we owe ---- */

static cleat_status owe_reply(cleat_channel *ch, uint64_t query)
{
    cl_reply_due *due = cl_alloc_zero(ch->mux->link->mem, sizeof *due);
    if (!due)
        return CLEAT_E_NOMEM;
    due->query = query;
    if (ch->due_last)
        ch->due_last->next = due;
    else
        ch->due_first = due;
    ch->due_last = due;
    ch->due_count++;
    return CLEAT_OK;
}

/* Replies leave in the order of the requests (RFC 4254 §5.4 gives them no number). */
static cleat_status flush_replies(cleat_channel *ch)
{
    cleat_status st = CLEAT_OK;
    while (st == CLEAT_OK && ch->due_first && ch->due_first->answered) {
        cl_reply_due *due = ch->due_first;
        uint8_t number = due->success ? CL_MSG_channel_success : CL_MSG_channel_failure;
        ch->due_first = due->next;
        if (!ch->due_first)
            ch->due_last = NULL;
        ch->due_count--;
        cl_alloc_free(ch->mux->link->mem, due);
        if (!ch->sent_close)
            st = cl_mux_send_short(ch->mux, number, ch->remote);
    }
    return st;
}

cleat_status cl_mux_answer(cl_mux *m, uint32_t local, uint64_t query, bool success)
{
    cleat_channel *ch = cl_idtab_get(&m->channels, local);
    for (cl_reply_due *due = ch ? ch->due_first : NULL; due; due = due->next) {
        if (due->query != query)
            continue;
        due->answered = true;
        due->success = success;
        return flush_replies(ch);
    }
    return CLEAT_E_STALE;
}

static cleat_status ask_owner(cleat_channel *ch, bool want_reply, cl_event_node **node)
{
    const cl_link *link = ch->mux->link;
    if (!want_reply) {
        *node = cl_events_push(link->events, CLEAT_EV_CHANNEL_REQUEST);
        return *node ? CLEAT_OK : CLEAT_E_NOMEM;
    }
    if (ch->due_count >= CL_CHANNEL_PENDING_MAX)
        return cl_fail(link->error, CLEAT_E_LIMIT, "over %d unanswered requests on channel %u",
                       CL_CHANNEL_PENDING_MAX, (unsigned)ch->local);
    cleat_status st =
        cl_link_ask(link, CL_QUERY_CHANNEL_REQUEST, ch->local, CLEAT_EV_CHANNEL_REQUEST, node);
    return st == CLEAT_OK ? owe_reply(ch, (*node)->event.query) : st;
}

cleat_status cl_mux_on_request(cl_mux *m, cleat_slice payload)
{
    cl_msg_channel_request request;
    cl_event_node *node;
    cleat_status st = cl_decode_channel_request(payload, &request);
    if (st != CLEAT_OK)
        return st;
    cleat_channel *ch = cl_mux_find(m, request.recipient, "request");
    if (!ch)
        return CLEAT_E_PROTO;
    if (ch->orphan || ch->sent_close) {
        if (!request.want_reply || ch->sent_close)
            return CLEAT_OK;
        return cl_mux_send_short(m, CL_MSG_channel_failure, ch->remote);
    }
    st = ask_owner(ch, request.want_reply, &node);
    if (st != CLEAT_OK)
        return st;
    node->event.channel = ch;
    return fill(&request, node);
}

/* ---- replies that we are owed ---- */

static cleat_status on_reply(cl_mux *m, uint32_t recipient, bool success)
{
    cleat_channel *ch = cl_mux_find(m, recipient, "reply");
    if (!ch)
        return CLEAT_E_PROTO;
    cl_reply_awaited *awaited = ch->awaited_first;
    if (!awaited)
        return cl_fail(m->link->error, CLEAT_E_PROTO, "reply without a request on channel %u",
                       (unsigned)ch->local);
    ch->awaited_first = awaited->next;
    if (!ch->awaited_first)
        ch->awaited_last = NULL;
    ch->awaited_count--;
    cleat_status st = CLEAT_OK;
    if (!ch->orphan) {
        cl_event_node *node = cl_events_push(m->link->events, CLEAT_EV_CHANNEL_REPLY);
        if (node) {
            node->event.channel = ch;
            node->event.u.reply.success = success;
            node->event.u.reply.name = cl_arena_text(&node->arena, cleat_slice_of(awaited->name));
        }
        st = node ? node->arena.status : CLEAT_E_NOMEM;
    }
    cl_alloc_free(m->link->mem, awaited);
    return st;
}

cleat_status cl_mux_on_success(cl_mux *m, cleat_slice payload)
{
    cl_msg_channel_success s;
    cleat_status st = cl_decode_channel_success(payload, &s);
    return st == CLEAT_OK ? on_reply(m, s.recipient, true) : st;
}

cleat_status cl_mux_on_failure(cl_mux *m, cleat_slice payload)
{
    cl_msg_channel_failure f;
    cleat_status st = cl_decode_channel_failure(payload, &f);
    return st == CLEAT_OK ? on_reply(m, f.recipient, false) : st;
}
