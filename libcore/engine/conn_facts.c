/* What a connection tells about itself, and the small messages that an owner may send. */
#include "conn_int.h"

#include "../wire/messages.h"

const cleat_error *cleat_conn_error(const cleat_conn *c)
{
    return &c->error;
}

bool cleat_conn_is_closed(const cleat_conn *c)
{
    return c->end != CL_END_NONE;
}

bool cleat_conn_is_authenticated(const cleat_conn *c)
{
    return c->base == CL_PH_OPEN;
}

cleat_role cleat_conn_role(const cleat_conn *c)
{
    return c->role;
}

cleat_ctx *cleat_conn_ctx(const cleat_conn *c)
{
    return c->ctx;
}

void cleat_conn_set_user(cleat_conn *c, void *user)
{
    c->user = user;
}

void *cleat_conn_user(const cleat_conn *c)
{
    return c->user;
}

const char *cleat_conn_peer_version(const cleat_conn *c)
{
    return c->hello.theirs[0] ? c->hello.theirs : NULL;
}

const char *cleat_conn_our_version(const cleat_conn *c)
{
    return c->hello.ours;
}

cleat_slice cleat_conn_session_id(const cleat_conn *c)
{
    return cl_slice(c->kx.session_id, c->kx.session_id_len);
}

cleat_slice cleat_conn_exchange_hash(const cleat_conn *c)
{
    return cl_slice(c->kx.hash, c->kx.hash_len);
}

cleat_slice cleat_conn_host_key(const cleat_conn *c)
{
    return cl_buf_slice(&c->kx.host_key);
}

cleat_slice cleat_conn_host_signature(const cleat_conn *c)
{
    return cl_buf_slice(&c->kx.host_signature);
}

static const char *mac_name(const cl_choice *choice, int way)
{
    return choice->mac[way] ? choice->mac[way]->name : "<implicit>";
}

cleat_conn_algorithms cleat_conn_negotiated(const cleat_conn *c)
{
    const cl_choice *choice = &c->kx.choice;
    int out = c->role == CLEAT_CLIENT ? 0 : 1;
    int in = 1 - out;
    if (!choice->kex || !choice->comp[0] || !choice->comp[1])
        return (cleat_conn_algorithms){0};
    return (cleat_conn_algorithms){
        .kex = choice->kex->name,
        .host_key = choice->host_key,
        .cipher_in = choice->cipher[in]->name,
        .cipher_out = choice->cipher[out]->name,
        .mac_in = mac_name(choice, in),
        .mac_out = mac_name(choice, out),
        .compression_in = choice->comp[in]->name,
        .compression_out = choice->comp[out]->name,
        .strict = c->kx.strict,
    };
}

cleat_conn_stats cleat_conn_get_stats(const cleat_conn *c)
{
    return (cleat_conn_stats){
        .bytes_in = c->rx.bytes,
        .bytes_out = c->tx.bytes,
        .packets_in = c->rx.packets,
        .packets_out = c->tx.packets,
        .exchanges = c->kx.finished,
        .channels = c->mux.channels.count,
        .rtt_ms = c->rtt_ms,
        .queued = c->tx.queued,
    };
}

/* Messages of the transport's own may be sent from the first NEWKEYS on. */
static cleat_status send_small(cleat_conn *c, cl_buf *m)
{
    if (c->end == CL_END_NONE && c->kx.finished)
        return cl_conn_check(c, cl_link_send_buf(&c->link, m));
    cl_buf_free(m);
    return CLEAT_E_BAD_CALL;
}

cleat_status cleat_conn_ping(cleat_conn *c, cleat_slice data)
{
    if (!c->peer.ping)
        return CLEAT_E_UNSUPPORTED;
    cl_buf m = CL_BUF(c->env->mem);
    const cl_msg_ping ping = {.data = data};
    cl_encode_ping(&m, &ping);
    return send_small(c, &m);
}

cleat_status cleat_conn_send_ignore(cleat_conn *c, cleat_slice data)
{
    cl_buf m = CL_BUF(c->env->mem);
    cl_put_u8(&m, CL_MSG_ignore);
    cl_put_string(&m, data);
    return send_small(c, &m);
}

cleat_status cleat_conn_send_debug(cleat_conn *c, bool always_display, const char *text)
{
    cl_buf m = CL_BUF(c->env->mem);
    const cl_msg_debug debug = {.always_display = always_display,
                                .text = cleat_slice_of(text),
                                .language = {(const uint8_t *)"\0\0\0", 4}};
    cl_encode_debug(&m, &debug);
    return send_small(c, &m);
}
