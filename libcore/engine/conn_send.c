/* The way out: what is sent at once, what waits for new keys, what the network takes. */
#include "conn_int.h"

#include "../wire/messages.h"

/* RFC 4253 §7.1: after our KEXINIT nothing but the exchange may be sent until our NEWKEYS. */
static cleat_status hold(cleat_conn *c, const cleat_slice *parts, size_t count)
{
    size_t mark = cl_put_begin(&c->held);
    for (size_t i = 0; i < count; i++)
        cl_buf_add_slice(&c->held, parts[i]);
    cl_put_end(&c->held, mark);
    if (c->held.status != CLEAT_OK)
        return cl_fail(&c->error, c->held.status, "over %d bytes wait for a key exchange",
                       CL_HELD_MAX);
    return CLEAT_OK;
}

static cleat_status send_message(cleat_conn *c, const cleat_slice *parts, size_t count)
{
    cleat_status st = cl_tx_send(&c->tx, parts, count);
    if (st == CLEAT_OK && parts[0].data[0] == CL_MSG_userauth_success)
        st = cl_conn_compress_after_auth(c);
    return st;
}

cleat_status cl_conn_send(void *conn, const cleat_slice *parts, size_t count)
{
    cleat_conn *c = conn;
    if (c->end != CL_END_NONE || c->error.status != CLEAT_OK)
        return CLEAT_E_CLOSED;
    if (cl_kexer_holds_output(&c->kx))
        return hold(c, parts, count);
    cleat_status st = send_message(c, parts, count);
    return st == CLEAT_OK ? cl_conn_rekey_if_due(c) : st;
}

size_t cl_conn_send_room(void *conn)
{
    const cleat_conn *c = conn;
    if (c->end != CL_END_NONE || cl_kexer_holds_output(&c->kx))
        return 0;
    return c->tx.queued < c->options.queue_max ? c->options.queue_max - c->tx.queued : 0;
}

cleat_status cl_conn_send_now(cleat_conn *c, cl_buf *message)
{
    cleat_status st = message->status;
    cleat_slice whole = cl_buf_slice(message);
    if (st == CLEAT_OK)
        st = cl_tx_send(&c->tx, &whole, 1);
    cl_buf_free(message);
    return st;
}

cleat_status cl_conn_release_held(cleat_conn *c)
{
    cl_reader r = cl_reader_of(cl_buf_slice(&c->held));
    cleat_status st = CLEAT_OK;
    while (st == CLEAT_OK && r.left) {
        cleat_slice message = cl_get_string(&r);
        st = send_message(c, &message, 1);
    }
    cl_buf_free(&c->held);
    return st == CLEAT_OK ? cl_mux_room(&c->mux) : st;
}

void cl_conn_send_disconnect(cleat_conn *c, uint32_t reason, const char *text)
{
    cl_buf m = CL_BUF(c->env->mem);
    const cl_msg_disconnect bye = {.reason = reason,
                                   .description = cleat_slice_of(text),
                                   .language = {(const uint8_t *)"\0\0\0", 4}};
    cl_encode_disconnect(&m, &bye);
    if (cl_conn_send_now(c, &m) != CLEAT_OK)
        cl_log(&c->log, CLEAT_LOG_DEBUG1, "transport", "could not send DISCONNECT");
}

const cleat_slice *cleat_conn_send_peek(cleat_conn *c, size_t *count)
{
    return cl_tx_peek(&c->tx, count);
}

void cleat_conn_send_done(cleat_conn *c, size_t n)
{
    cl_tx_sent(&c->tx, n);
    if (c->end != CL_END_NONE || c->mux.blocked == 0)
        return;
    /* Half empty is worth waking writers for; a few bytes are not. */
    if (c->tx.queued > c->options.queue_max / 2)
        return;
    cleat_status st = cl_mux_room(&c->mux);
    if (st != CLEAT_OK)
        cl_conn_fail(c, st);
}

bool cleat_conn_is_flushed(const cleat_conn *c)
{
    return c->tx.queued == 0;
}
