/* Transport messages: RFC 4253 §11, RFC 8308, key exchange, ping. */
#include "conn_int.h"
#include "handlers.h"

#include "../wire/messages.h"

cleat_status cl_on_disconnect(cleat_conn *c, cleat_slice payload)
{
    static const char before[] = "the peer disconnected: ";
    cl_msg_disconnect m;
    cleat_status st = cl_decode_disconnect(payload, &m);
    if (st != CLEAT_OK)
        return st;
    cl_fail(&c->error, CLEAT_E_DISCONNECTED, "%s%.*s", before,
            (int)(m.description.len > 256 ? 256 : m.description.len),
            (const char *)m.description.data);
    cl_log(&c->log, CLEAT_LOG_DEBUG1, "transport", "received DISCONNECT %u: %.*s",
           (unsigned)m.reason, CL_TEXT_ARG(m.description));
    cl_conn_end(c, CLEAT_E_DISCONNECTED, m.reason, true, NULL);
    c->closed_event.text = c->error.text + sizeof before - 1;
    return CLEAT_OK;
}

cleat_status cl_on_ignore(cleat_conn *c, cleat_slice payload)
{
    (void)c;
    (void)payload;
    return CLEAT_OK;
}

cleat_status cl_on_unimplemented(cleat_conn *c, cleat_slice payload)
{
    cl_msg_unimplemented m;
    cleat_status st = cl_decode_unimplemented(payload, &m);
    if (st == CLEAT_OK)
        cl_log(&c->log, CLEAT_LOG_DEBUG1, "transport", "the peer does not know our packet %u",
               (unsigned)m.sequence);
    return st;
}

cleat_status cl_on_debug(cleat_conn *c, cleat_slice payload)
{
    cl_msg_debug m;
    cleat_status st = cl_decode_debug(payload, &m);
    if (st != CLEAT_OK)
        return st;
    cl_event_node *node = cl_events_push(&c->events, CLEAT_EV_DEBUG);
    if (!node)
        return CLEAT_E_NOMEM;
    node->event.text = cl_arena_text(&node->arena, m.text);
    return node->arena.status;
}

static cleat_status on_extension(void *user, cleat_slice name, cleat_slice value)
{
    cleat_conn *c = user;
    if (cl_slice_is(name, CL_EXT_SIG_ALGS)) {
        cl_buf_reset(&c->peer.sig_algs);
        cl_buf_add_slice(&c->peer.sig_algs, value);
        if (!cl_buf_text(&c->peer.sig_algs))
            return c->peer.sig_algs.status;
    }
    if (cl_slice_is(name, CL_EXT_HOSTBOUND))
        c->peer.hostbound = cl_slice_is(value, "0");
    if (cl_slice_is(name, CL_EXT_PING))
        c->peer.ping = cl_slice_is(value, "0");
    if (cl_slice_is(name, CL_EXT_IN_AUTH))
        c->peer.ext_in_auth = cl_slice_is(value, "0");
    cl_event_node *node = cl_events_push(&c->events, CLEAT_EV_EXT_INFO);
    if (!node)
        return CLEAT_E_NOMEM;
    node->event.u.ext_info.name = cl_arena_text(&node->arena, name);
    node->event.u.ext_info.value = cl_arena_copy(&node->arena, value);
    return node->arena.status;
}

cleat_status cl_on_ext_info(cleat_conn *c, cleat_slice payload)
{
    return cl_extinfo_read(payload, c, on_extension);
}

/* A peer that does nothing but exchange keys costs us far more than itself. */
static cleat_status count_exchange(cleat_conn *c)
{
    if (c->kx.sent_init)
        return CLEAT_OK;
    if (++c->exchanges_in_a_row > CL_EXCHANGES_IN_A_ROW)
        return cl_fail(&c->error, CLEAT_E_LIMIT, "%d key exchanges with nothing in between",
                       CL_EXCHANGES_IN_A_ROW);
    return CLEAT_OK;
}

cleat_status cl_on_kexinit(cleat_conn *c, cleat_slice payload)
{
    bool first = c->kx.finished == 0;
    cleat_status st = first ? CLEAT_OK : count_exchange(c);
    if (st == CLEAT_OK)
        st = cl_kexer_on_init(&c->kx, payload);
    if (st != CLEAT_OK)
        return st;
    /* Strict key exchange: KEXINIT is the first packet of all. */
    if (first && c->kx.strict && c->rx.seq != 1)
        return cl_fail(&c->error, CLEAT_E_PROTO,
                       "a message before KEXINIT under strict key "
                       "exchange");
    st = cl_link_tell(&c->link, CLEAT_EV_NEGOTIATED, NULL);
    return st == CLEAT_OK ? cl_conn_kex_steps(c) : st;
}

cleat_status cl_on_kex(cleat_conn *c, cleat_slice payload)
{
    cleat_status st = cl_kexer_on_message(&c->kx, payload);
    return st == CLEAT_OK ? cl_conn_kex_steps(c) : st;
}

cleat_status cl_on_newkeys(cleat_conn *c, cleat_slice payload)
{
    cl_msg_newkeys m;
    cleat_status st = cl_decode_newkeys(payload, &m);
    if (st == CLEAT_OK)
        st = cl_kexer_newkeys(&c->kx, &c->rx);
    if (st == CLEAT_OK)
        st = cl_conn_set_inflate(c);
    if (st != CLEAT_OK)
        return st;
    c->exchanged_at = c->now;
    cl_event_node *node = cl_events_push(&c->events, CLEAT_EV_NEWKEYS);
    if (!node)
        return CLEAT_E_NOMEM;
    node->event.u.newkeys.first = c->kx.finished == 1;
    return CLEAT_OK;
}

cleat_status cl_on_ping(cleat_conn *c, cleat_slice payload)
{
    cl_msg_ping m;
    cleat_status st = cl_decode_ping(payload, &m);
    if (st != CLEAT_OK)
        return st;
    cl_buf b = CL_BUF(c->env->mem);
    const cl_msg_pong pong = {.data = m.data};
    cl_encode_pong(&b, &pong);
    return cl_link_send_buf(&c->link, &b);
}

cleat_status cl_on_pong(cleat_conn *c, cleat_slice payload)
{
    cl_msg_pong m;
    cleat_status st = cl_decode_pong(payload, &m);
    if (st != CLEAT_OK)
        return st;
    cl_event_node *node = cl_events_push(&c->events, CLEAT_EV_PONG);
    if (!node)
        return CLEAT_E_NOMEM;
    node->event.u.pong.bytes = cl_arena_copy(&node->arena, m.data);
    return node->arena.status;
}
