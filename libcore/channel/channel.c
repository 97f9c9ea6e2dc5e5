/* What an application does with a channel: data, window, end. */
#include "../wire/messages.h"
#include "mux.h"

enum { HEADER_MAX = 13 };

void cleat_channel_set_user(cleat_channel *ch, void *user)
{
    ch->user = user;
}

void *cleat_channel_user(const cleat_channel *ch)
{
    return ch->user;
}

const char *cleat_channel_type(const cleat_channel *ch)
{
    return ch->type;
}

uint32_t cleat_channel_number(const cleat_channel *ch)
{
    return ch->local;
}

bool cleat_channel_is_open(const cleat_channel *ch)
{
    return ch->phase == CL_CH_OPEN && !ch->sent_close;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t cleat_channel_write_room(const cleat_channel *ch)
{
    if (!cleat_channel_is_open(ch) || ch->sent_eof || ch->got_close)
        return 0;
    const cl_link *link = ch->mux->link;
    return least((size_t)ch->peer_window, link->send_room(link->engine));
}

/* One data message; the bytes are sealed from where they are. */
static cleat_status send_data(cleat_channel *ch, uint32_t stream, const uint8_t *data, size_t len)
{
    uint8_t header[HEADER_MAX];
    size_t n = 0;
    bool extended = stream != CLEAT_STREAM_DATA;
    header[n++] = extended ? CL_MSG_channel_extended_data : CL_MSG_channel_data;
    cl_store_u32(header + n, ch->remote);
    n += 4;
    if (extended) {
        cl_store_u32(header + n, stream);
        n += 4;
    }
    cl_store_u32(header + n, (uint32_t)len);
    n += 4;
    const cleat_slice parts[] = {cl_slice(header, n), cl_slice(data, len)};
    const cl_link *link = ch->mux->link;
    cleat_status st = link->send(link->engine, parts, 2);
    if (st == CLEAT_OK)
        ch->peer_window -= len;
    return st;
}

cleat_status cleat_channel_write(cleat_channel *ch, uint32_t stream, const void *data, size_t len,
                                 size_t *accepted)
{
    *accepted = 0;
    if (!cleat_channel_is_open(ch) || ch->got_close)
        return CLEAT_E_CLOSED;
    if (ch->sent_eof)
        return CLEAT_E_BAD_CALL;
    size_t packet = least(ch->peer_packet, CL_CHANNEL_PACKET);
    while (*accepted < len) {
        size_t room = least(cleat_channel_write_room(ch), packet);
        if (room == 0) {
            ch->mux->blocked += !ch->wants_room;
            ch->wants_room = true;
            break;
        }
        size_t n = least(len - *accepted, room);
        cleat_status st = send_data(ch, stream, (const uint8_t *)data + *accepted, n);
        if (st != CLEAT_OK)
            return st;
        *accepted += n;
        ch->written += n;
    }
    return CLEAT_OK;
}

uint64_t cleat_channel_traffic(const cleat_channel *ch)
{
    return ch->written + ch->window.delivered;
}

cleat_status cleat_channel_consume(cleat_channel *ch, size_t n)
{
    cl_mux *m = ch->mux;
    uint32_t credit;
    uint32_t before = ch->window.size;
    uint64_t left = m->window_sum < m->conn_window_max ? m->conn_window_max - m->window_sum : 0;
    uint64_t most = least(m->window_max, (size_t)least((size_t)(before + left), UINT32_MAX));
    const cl_window_path path = {
        .now = *m->link->now, .round_trip = *m->link->round_trip, .grow_max = (uint32_t)most};
    cleat_status st = cl_window_consume(&ch->window, n, &path, &credit);
    if (st != CLEAT_OK || credit == 0)
        return st;
    if (ch->phase != CL_CH_OPEN)
        return CLEAT_OK;
    m->window_sum += ch->window.size - before;
    if (ch->got_eof || ch->got_close || ch->sent_close)
        return CLEAT_OK;
    cl_buf b = CL_BUF(m->link->mem);
    const cl_msg_channel_window_adjust adjust = {.recipient = ch->remote, .bytes = credit};
    cl_encode_channel_window_adjust(&b, &adjust);
    return cl_link_send_buf(m->link, &b);
}

cleat_status cleat_channel_eof(cleat_channel *ch)
{
    if (!cleat_channel_is_open(ch))
        return CLEAT_E_CLOSED;
    if (ch->sent_eof)
        return CLEAT_OK;
    ch->sent_eof = true;
    return cl_mux_send_short(ch->mux, CL_MSG_channel_eof, ch->remote);
}

cleat_status cleat_channel_close(cleat_channel *ch)
{
    if (ch->phase == CL_CH_GONE || ch->sent_close)
        return CLEAT_OK;
    if (ch->phase != CL_CH_OPEN)
        return CLEAT_E_BAD_CALL;
    ch->sent_close = true;
    return cl_mux_send_short(ch->mux, CL_MSG_channel_close, ch->remote);
}
