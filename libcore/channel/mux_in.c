/* Channel messages from the peer (RFC 4254 §5). */
#include "../base/error.h"
#include "../wire/messages.h"
#include "mux.h"

/* ---- opening ---- */

static cleat_status refuse_open(cl_mux *m, uint32_t recipient, uint32_t reason, const char *text)
{
    cl_buf b = CL_BUF(m->link->mem);
    const cl_msg_channel_open_failure answer = {.recipient = recipient,
                                                .reason = reason,
                                                .text = cleat_slice_of(text),
                                                .language = {(const uint8_t *)"\0\0\0", 4}};
    cl_encode_channel_open_failure(&b, &answer);
    cl_log(m->link->log, CLEAT_LOG_DEBUG1, "channel", "open refused: %s", text);
    return cl_link_send_buf(m->link, &b);
}

/* direct-tcpip and forwarded-tcpip carry the same fields (RFC 4254 §7.2). */
static cleat_status read_tcp(const cl_msg_channel_open *open, cl_event_node *node)
{
    cl_reader r = cl_reader_of(open->fields);
    cleat_slice host = cl_get_text(&r);
    uint32_t port = cl_get_u32(&r);
    cleat_slice origin = cl_get_text(&r);
    uint32_t origin_port = cl_get_u32(&r);
    if (port > UINT16_MAX || origin_port > UINT16_MAX)
        cl_reader_fault(&r);
    node->event.u.open.host = cl_arena_text(&node->arena, host);
    node->event.u.open.port = (uint16_t)port;
    node->event.u.open.origin_host = cl_arena_text(&node->arena, origin);
    node->event.u.open.origin_port = (uint16_t)origin_port;
    return cl_reader_done(&r);
}

/* OpenSSH's PROTOCOL, 2.4: what stands behind the path is reserved. */
static cleat_status read_socket(const cl_msg_channel_open *open, bool direct, cl_event_node *node)
{
    cl_reader r = cl_reader_of(open->fields);
    node->event.u.open.path = cl_arena_text(&node->arena, cl_get_text(&r));
    cl_get_string(&r);
    if (direct)
        cl_get_u32(&r);
    return cl_reader_done(&r);
}

static cleat_status read_target(const cl_msg_channel_open *open, cl_event_node *node)
{
    if (cl_slice_is(open->type, "direct-tcpip") || cl_slice_is(open->type, "forwarded-tcpip"))
        return read_tcp(open, node);
    bool direct = cl_slice_is(open->type, "direct-streamlocal@openssh.com");
    if (direct || cl_slice_is(open->type, "forwarded-streamlocal@openssh.com"))
        return read_socket(open, direct, node);
    return CLEAT_OK;
}

static cleat_status ask_open(cl_mux *m, const cl_msg_channel_open *open, cleat_channel *ch)
{
    cl_event_node *node;
    cleat_status st =
        cl_link_ask(m->link, CL_QUERY_CHANNEL_OPEN, ch->local, CLEAT_EV_CHANNEL_OPEN, &node);
    if (st != CLEAT_OK)
        return st;
    node->event.u.open.type = cl_arena_text(&node->arena, open->type);
    node->event.u.open.extra = cl_arena_copy(&node->arena, open->fields);
    st = read_target(open, node);
    return st == CLEAT_OK ? node->arena.status : st;
}

cleat_status cl_mux_on_open(cl_mux *m, cleat_slice payload)
{
    cl_msg_channel_open open;
    cleat_status st = cl_decode_channel_open(payload, &open);
    if (st != CLEAT_OK)
        return st;
    bool session = cl_slice_is(open.type, "session");
    if (open.max_packet == 0)
        return refuse_open(m, open.sender, CLEAT_OPEN_SHORTAGE, "a maximum packet size of 0");
    if (session && (m->no_more_sessions || m->sessions >= m->sessions_max))
        return refuse_open(m, open.sender, CLEAT_OPEN_PROHIBITED, "no more sessions");
    if (m->channels.count >= m->channels.max)
        return refuse_open(m, open.sender, CLEAT_OPEN_SHORTAGE, "too many channels");
    cleat_channel *ch = cl_mux_new_channel(m, CL_CH_ASKED, open.type);
    if (!ch)
        return CLEAT_E_NOMEM;
    ch->orphan = true; /* nobody has the handle until the owner accepts */
    ch->remote = open.sender;
    ch->peer_window = open.window;
    ch->peer_packet = open.max_packet;
    m->sessions += session;
    return ask_open(m, &open, ch);
}

static cleat_channel *find_opening(cl_mux *m, uint32_t local)
{
    cleat_channel *ch = cl_idtab_get(&m->channels, local);
    if (ch && ch->phase == CL_CH_OPENING)
        return ch;
    cl_fail(m->link->error, CLEAT_E_PROTO, "answer for channel %u, which we are not opening",
            (unsigned)local);
    return NULL;
}

cleat_status cl_mux_on_confirmation(cl_mux *m, cleat_slice payload)
{
    cl_msg_channel_open_confirmation c;
    cleat_status st = cl_decode_channel_open_confirmation(payload, &c);
    if (st != CLEAT_OK)
        return st;
    cleat_channel *ch = find_opening(m, c.recipient);
    if (!ch)
        return CLEAT_E_PROTO;
    if (c.max_packet == 0)
        return cl_fail(m->link->error, CLEAT_E_PROTO,
                       "the peer confirmed a channel with a maximum packet size of 0");
    ch->phase = CL_CH_OPEN;
    ch->remote = c.sender;
    ch->peer_window = c.window;
    ch->peer_packet = c.max_packet;
    if (ch->orphan)
        return cleat_channel_close(ch);
    return cl_link_tell(m->link, CLEAT_EV_CHANNEL_OPENED, ch);
}

cleat_status cl_mux_on_open_failure(cl_mux *m, cleat_slice payload)
{
    cl_msg_channel_open_failure f;
    cleat_status st = cl_decode_channel_open_failure(payload, &f);
    if (st != CLEAT_OK)
        return st;
    cleat_channel *ch = find_opening(m, f.recipient);
    if (!ch)
        return CLEAT_E_PROTO;
    bool orphan = ch->orphan;
    cl_mux_remove(m, ch);
    if (orphan)
        return CLEAT_OK;
    cl_event_node *node = cl_events_push(m->link->events, CLEAT_EV_CHANNEL_FAILED);
    if (!node)
        return CLEAT_E_NOMEM;
    node->event.channel = ch;
    node->event.u.open_failed.reason = f.reason;
    node->event.text = cl_arena_text(&node->arena, f.text);
    return node->arena.status;
}

/* ---- data ---- */

cleat_status cl_mux_on_window_adjust(cl_mux *m, cleat_slice payload)
{
    cl_msg_channel_window_adjust a;
    cleat_status st = cl_decode_channel_window_adjust(payload, &a);
    if (st != CLEAT_OK)
        return st;
    cleat_channel *ch = cl_mux_find(m, a.recipient, "window adjust");
    if (!ch)
        return CLEAT_E_PROTO;
    /* RFC 4254 §5.2: a window is at most 2^32 - 1. */
    if (a.bytes > UINT32_MAX - ch->peer_window)
        return cl_fail(m->link->error, CLEAT_E_PROTO, "window adjust over 2^32 on channel %u",
                       (unsigned)ch->local);
    ch->peer_window += a.bytes;
    return cl_mux_room(m);
}

static cleat_status on_bytes(cl_mux *m, uint32_t recipient, uint32_t stream, cleat_slice bytes)
{
    cleat_channel *ch = cl_mux_find(m, recipient, "data");
    if (!ch)
        return CLEAT_E_PROTO;
    if (ch->got_eof)
        return cl_fail(m->link->error, CLEAT_E_PROTO, "data after EOF on channel %u",
                       (unsigned)ch->local);
    if (bytes.len > CL_CHANNEL_PACKET ||
        cl_window_take(&ch->window, (uint32_t)bytes.len) != CLEAT_OK)
        return cl_fail(m->link->error, CLEAT_E_PROTO,
                       "%zu bytes of data on channel %u are more than its window", bytes.len,
                       (unsigned)ch->local);
    if (ch->sent_close || ch->orphan || bytes.len == 0)
        return CLEAT_OK; /* nobody wants it, and it is not credited */
    if (stream > CLEAT_STREAM_STDERR)
        return cleat_channel_consume(ch, bytes.len);
    cl_event_node *node = cl_events_push(m->link->events, CLEAT_EV_CHANNEL_DATA);
    if (!node)
        return CLEAT_E_NOMEM;
    node->event.channel = ch;
    node->event.u.data.stream = stream;
    node->event.u.data.bytes = bytes;
    return CLEAT_OK;
}

cleat_status cl_mux_on_data(cl_mux *m, cleat_slice payload)
{
    cl_msg_channel_data d;
    cleat_status st = cl_decode_channel_data(payload, &d);
    return st == CLEAT_OK ? on_bytes(m, d.recipient, CLEAT_STREAM_DATA, d.data) : st;
}

cleat_status cl_mux_on_extended_data(cl_mux *m, cleat_slice payload)
{
    cl_msg_channel_extended_data d;
    cleat_status st = cl_decode_channel_extended_data(payload, &d);
    return st == CLEAT_OK ? on_bytes(m, d.recipient, d.stream ? d.stream : UINT32_MAX, d.data) : st;
}

/* ---- the end ---- */

cleat_status cl_mux_on_eof(cl_mux *m, cleat_slice payload)
{
    cl_msg_channel_eof e;
    cleat_status st = cl_decode_channel_eof(payload, &e);
    if (st != CLEAT_OK)
        return st;
    cleat_channel *ch = cl_mux_find(m, e.recipient, "EOF");
    if (!ch)
        return CLEAT_E_PROTO;
    if (ch->got_eof || ch->orphan)
        return CLEAT_OK;
    ch->got_eof = true;
    return cl_link_tell(m->link, CLEAT_EV_CHANNEL_EOF, ch);
}

cleat_status cl_mux_on_close(cl_mux *m, cleat_slice payload)
{
    cl_msg_channel_close c;
    cleat_status st = cl_decode_channel_close(payload, &c);
    if (st != CLEAT_OK)
        return st;
    cleat_channel *ch = cl_mux_find(m, c.recipient, "CLOSE");
    if (!ch)
        return CLEAT_E_PROTO;
    ch->got_close = true;
    st = cleat_channel_close(ch);
    if (st != CLEAT_OK)
        return st;
    if (strcmp(ch->type, "session") == 0 && m->sessions)
        m->sessions--;
    bool orphan = ch->orphan;
    cl_mux_remove(m, ch);
    return orphan ? CLEAT_OK : cl_link_tell(m->link, CLEAT_EV_CHANNEL_CLOSED, ch);
}
