/* The multiplexer: the life of channels. Messages from the peer are in mux_in.c, the application's
 * calls on a channel in channel.c, requests in request.c. */
#include "mux.h"

#include "../base/alloc.h"
#include "../base/error.h"
#include "../wire/messages.h"

#include <assert.h>

void cl_mux_init(cl_mux *m, const cl_link *link, uint32_t channels_max)
{
    *m = (cl_mux){.link = link, .channels = CL_IDTAB(link->mem, channels_max)};
}

static void free_handle(cleat_channel *ch)
{
    cl_mux *m = ch->mux;
    if (ch->previous)
        ch->previous->next = ch->next;
    else
        m->first = ch->next;
    if (ch->next)
        ch->next->previous = ch->previous;
    if (ch->wants_room)
        m->blocked--;
    cl_channel_forget_replies(ch);
    cl_alloc_free(m->link->mem, ch->type);
    cl_alloc_free(m->link->mem, ch);
}

void cl_mux_free(cl_mux *m)
{
    if (!m->link)
        return;
    while (m->first)
        free_handle(m->first);
    cl_idtab_free(&m->channels);
}

cleat_channel *cl_mux_new_channel(cl_mux *m, cl_channel_phase phase, cleat_slice type)
{
    cleat_channel *ch = cl_alloc_zero(m->link->mem, sizeof *ch);
    if (!ch)
        return NULL;
    ch->mux = m;
    ch->phase = phase;
    ch->next = m->first;
    if (m->first)
        m->first->previous = ch;
    m->first = ch;
    ch->type = cl_alloc_text(m->link->mem, type);
    if (!ch->type || cl_idtab_add(&m->channels, ch, &ch->local) != CLEAT_OK) {
        free_handle(ch);
        return NULL;
    }
    cl_window_init(&ch->window, cl_mux_window_size(m));
    m->window_sum += ch->window.size;
    return ch;
}

void cl_mux_remove(cl_mux *m, cleat_channel *ch)
{
    if (ch->phase == CL_CH_GONE)
        return;
    void *removed = cl_idtab_remove(&m->channels, ch->local);
    assert(removed == ch);
    (void)removed;
    m->window_sum -= ch->window.size;
    ch->phase = CL_CH_GONE;
    if (ch->orphan)
        free_handle(ch);
}

uint32_t cl_mux_window_size(const cl_mux *m)
{
    uint64_t left = m->window_sum < m->conn_window_max ? m->conn_window_max - m->window_sum : 0;
    uint64_t size = left / 4;
    uint32_t most = m->window_max < CL_CHANNEL_WINDOW ? m->window_max : CL_CHANNEL_WINDOW;
    if (size > most)
        size = most;
    return size < CL_CHANNEL_WINDOW_MIN ? CL_CHANNEL_WINDOW_MIN : (uint32_t)size;
}

cleat_channel *cl_mux_find(cl_mux *m, uint32_t local, const char *what)
{
    cleat_channel *ch = cl_idtab_get(&m->channels, local);
    if (ch && ch->phase == CL_CH_OPEN && !ch->got_close)
        return ch;
    cl_fail(m->link->error, CLEAT_E_PROTO, "%s for channel %u, which is not open", what,
            (unsigned)local);
    return NULL;
}

cleat_status cl_mux_send_short(cl_mux *m, uint8_t number, uint32_t recipient)
{
    uint8_t bytes[5];
    bytes[0] = number;
    cl_store_u32(bytes + 1, recipient);
    cleat_slice whole = cl_slice(bytes, sizeof bytes);
    return m->link->send(m->link->engine, &whole, 1);
}

cleat_status cl_mux_open(cl_mux *m, cleat_slice type, cleat_slice extra, cleat_channel **out)
{
    *out = NULL;
    if (m->channels.count >= m->channels.max)
        return CLEAT_E_LIMIT;
    cleat_channel *ch = cl_mux_new_channel(m, CL_CH_OPENING, type);
    if (!ch)
        return CLEAT_E_NOMEM;
    cl_buf b = CL_BUF(m->link->mem);
    const cl_msg_channel_open open = {.type = type,
                                      .sender = ch->local,
                                      .window = ch->window.size,
                                      .max_packet = CL_CHANNEL_PACKET,
                                      .fields = extra};
    cl_encode_channel_open(&b, &open);
    cleat_status st = cl_link_send_buf(m->link, &b);
    if (st != CLEAT_OK) {
        ch->orphan = true;
        cl_mux_remove(m, ch);
        return st;
    }
    *out = ch;
    return CLEAT_OK;
}

cleat_status cl_mux_accept(cl_mux *m, uint32_t local, cleat_channel **out)
{
    cleat_channel *ch = cl_idtab_get(&m->channels, local);
    *out = NULL;
    if (!ch || ch->phase != CL_CH_ASKED)
        return CLEAT_E_STALE;
    cl_buf b = CL_BUF(m->link->mem);
    const cl_msg_channel_open_confirmation answer = {.recipient = ch->remote,
                                                     .sender = ch->local,
                                                     .window = ch->window.size,
                                                     .max_packet = CL_CHANNEL_PACKET,
                                                     .fields = CL_SLICE_EMPTY};
    cl_encode_channel_open_confirmation(&b, &answer);
    cleat_status st = cl_link_send_buf(m->link, &b);
    if (st != CLEAT_OK)
        return st;
    ch->phase = CL_CH_OPEN;
    ch->orphan = false;
    *out = ch;
    return CLEAT_OK;
}

static bool is_session(const cleat_channel *ch)
{
    return strcmp(ch->type, "session") == 0;
}

cleat_status cl_mux_refuse(cl_mux *m, uint32_t local, uint32_t reason, const char *text)
{
    cleat_channel *ch = cl_idtab_get(&m->channels, local);
    if (!ch || ch->phase != CL_CH_ASKED)
        return CLEAT_E_STALE;
    cl_buf b = CL_BUF(m->link->mem);
    const cl_msg_channel_open_failure answer = {.recipient = ch->remote,
                                                .reason = reason,
                                                .text = cleat_slice_of(text),
                                                .language = {(const uint8_t *)"\0\0\0", 4}};
    cl_encode_channel_open_failure(&b, &answer);
    if (is_session(ch))
        m->sessions--;
    cl_mux_remove(m, ch);
    return cl_link_send_buf(m->link, &b);
}

void cl_mux_abandon(cl_mux *m)
{
    uint32_t id = 0;
    cleat_channel *ch;
    while ((ch = cl_idtab_next(&m->channels, &id)) != NULL) {
        bool known = !ch->orphan && ch->phase != CL_CH_ASKED;
        if (known && cl_link_tell(m->link, CLEAT_EV_CHANNEL_CLOSED, ch) != CLEAT_OK)
            cl_log(m->link->log, CLEAT_LOG_ERROR, "channel",
                   "no memory to report a closed channel");
        if (ch->phase == CL_CH_ASKED)
            ch->orphan = true;
        cl_mux_remove(m, ch);
    }
}

cleat_status cl_mux_room(cl_mux *m)
{
    uint32_t id = 0;
    cleat_channel *ch;
    for (; m->blocked && (ch = cl_idtab_next(&m->channels, &id)) != NULL; id++) {
        if (!ch->wants_room || cleat_channel_write_room(ch) == 0)
            continue;
        ch->wants_room = false;
        m->blocked--;
        cleat_status st = cl_link_tell(m->link, CLEAT_EV_CHANNEL_WRITABLE, ch);
        if (st != CLEAT_OK)
            return st;
    }
    return CLEAT_OK;
}

/* Ours is gone, the peer may still send; the channel goes when its CLOSE comes. */
void cleat_channel_free(cleat_channel *ch)
{
    if (!ch)
        return;
    cl_mux *m = ch->mux;
    cl_events_forget_channel(m->link->events, ch);
    if (ch->phase == CL_CH_GONE) {
        free_handle(ch);
        return;
    }
    ch->orphan = true;
    if (ch->wants_room)
        m->blocked--;
    ch->wants_room = false;
    if (ch->phase == CL_CH_OPEN && cleat_channel_close(ch) != CLEAT_OK)
        cl_log(m->link->log, CLEAT_LOG_ERROR, "channel", "could not close channel %u",
               (unsigned)ch->local);
}
