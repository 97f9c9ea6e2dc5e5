/* Channels: messages to the multiplexer, the owner's opens and answers. */
#include "conn_int.h"
#include "handlers.h"

#include "../base/compat.h"
#include "../wire/messages.h"

typedef struct channel_row {
    uint8_t number;
    cleat_status (*handler)(cl_mux *m, cleat_slice payload);
} channel_row;

static const channel_row rows[] = {
    {CL_MSG_channel_open, cl_mux_on_open},
    {CL_MSG_channel_open_confirmation, cl_mux_on_confirmation},
    {CL_MSG_channel_open_failure, cl_mux_on_open_failure},
    {CL_MSG_channel_window_adjust, cl_mux_on_window_adjust},
    {CL_MSG_channel_data, cl_mux_on_data},
    {CL_MSG_channel_extended_data, cl_mux_on_extended_data},
    {CL_MSG_channel_eof, cl_mux_on_eof},
    {CL_MSG_channel_close, cl_mux_on_close},
    {CL_MSG_channel_request, cl_mux_on_request},
    {CL_MSG_channel_success, cl_mux_on_success},
    {CL_MSG_channel_failure, cl_mux_on_failure},
};

cleat_status cl_on_channel_message(cleat_conn *c, cleat_slice payload)
{
    c->said_more = true;
    c->exchanges_in_a_row = 0;
    for (size_t i = 0; i < CL_COUNT(rows); i++) {
        if (rows[i].number == payload.data[0])
            return rows[i].handler(&c->mux, payload);
    }
    return CLEAT_E_INTERNAL;
}

static bool may_open(const cleat_conn *c)
{
    return c->base == CL_PH_OPEN && c->end == CL_END_NONE;
}

cleat_status cleat_channel_open(cleat_channel **out, cleat_conn *c, const char *type,
                                cleat_slice extra)
{
    *out = NULL;
    if (!may_open(c))
        return CLEAT_E_BAD_CALL;
    return cl_conn_check(c, cl_mux_open(&c->mux, cleat_slice_of(type), extra, out));
}

cleat_status cleat_channel_open_session(cleat_channel **out, cleat_conn *c)
{
    return cleat_channel_open(out, c, "session", CL_SLICE_EMPTY);
}

/* What has been put into `extra`, which is freed. */
static cleat_status open_with(cleat_channel **out, cleat_conn *c, const char *type, cl_buf *extra)
{
    cleat_status st = extra->status;
    *out = NULL;
    if (st == CLEAT_OK)
        st = cleat_channel_open(out, c, type, cl_buf_slice(extra));
    cl_buf_free(extra);
    return st;
}

static cleat_status open_tcp(cleat_channel **out, cleat_conn *c, const char *type, const char *host,
                             uint16_t port, const char *origin_host, uint16_t origin_port)
{
    cl_buf b = CL_BUF(c->env->mem);
    cl_put_cstring(&b, host);
    cl_put_u32(&b, port);
    cl_put_cstring(&b, origin_host);
    cl_put_u32(&b, origin_port);
    return open_with(out, c, type, &b);
}

cleat_status cleat_channel_open_tcp(cleat_channel **out, cleat_conn *c, const char *host,
                                    uint16_t port, const char *origin_host, uint16_t origin_port)
{
    return open_tcp(out, c, "direct-tcpip", host, port, origin_host, origin_port);
}

cleat_status cleat_channel_open_forwarded(cleat_channel **out, cleat_conn *c, const char *host,
                                          uint16_t port, const char *origin_host,
                                          uint16_t origin_port)
{
    return open_tcp(out, c, "forwarded-tcpip", host, port, origin_host, origin_port);
}

cleat_status cleat_channel_open_forwarded_socket(cleat_channel **out, cleat_conn *c,
                                                 const char *path)
{
    cl_buf b = CL_BUF(c->env->mem);
    cl_put_cstring(&b, path);
    cl_put_cstring(&b, ""); /* reserved */
    return open_with(out, c, "forwarded-streamlocal@openssh.com", &b);
}

cleat_status cleat_channel_open_x11(cleat_channel **out, cleat_conn *c, const char *origin_host,
                                    uint16_t origin_port)
{
    cl_buf b = CL_BUF(c->env->mem);
    cl_put_cstring(&b, origin_host);
    cl_put_u32(&b, origin_port);
    return open_with(out, c, "x11", &b);
}

cleat_status cleat_answer_channel(cleat_conn *c, uint64_t query, cleat_channel **out)
{
    uint32_t local;
    *out = NULL;
    cleat_status st = cl_query_take(&c->queries, query, CL_QUERY_CHANNEL_OPEN, &local);
    if (st != CLEAT_OK)
        return st;
    return cl_conn_check(c, cl_mux_accept(&c->mux, local, out));
}

cleat_status cleat_answer_channel_refuse(cleat_conn *c, uint64_t query, uint32_t reason,
                                         const char *text)
{
    uint32_t local;
    cleat_status st = cl_query_take(&c->queries, query, CL_QUERY_CHANNEL_OPEN, &local);
    if (st != CLEAT_OK)
        return st;
    return cl_conn_check(c, cl_mux_refuse(&c->mux, local, reason, text ? text : ""));
}

/* A request whose channel has closed in the meantime needs no reply any more. */
cleat_status cleat_answer_request(cleat_conn *c, uint64_t query, bool success)
{
    uint32_t local;
    cleat_status st = cl_query_take(&c->queries, query, CL_QUERY_CHANNEL_REQUEST, &local);
    if (st != CLEAT_OK)
        return st;
    return cl_conn_check(c, cl_mux_answer(&c->mux, local, query, success));
}

cleat_conn *cleat_channel_conn(const cleat_channel *ch)
{
    return ch->mux->link->engine;
}

/* ---- the general refusal ---- */

static cleat_status reject_group(cleat_conn *c, uint64_t query)
{
    cleat_slice p;
    cleat_slice g;
    if (cl_dh_fixed_group(c->kx.gex_min, c->kx.gex_preferred, c->kx.gex_max, &p, &g))
        return cleat_answer_dh_group(c, query, p, g);
    cl_fail(&c->error, CLEAT_E_KEX, "no group of %u to %u bits", (unsigned)c->kx.gex_min,
            (unsigned)c->kx.gex_max);
    cl_conn_fail(c, CLEAT_E_KEX);
    return CLEAT_OK;
}

cleat_status cleat_answer_reject(cleat_conn *c, uint64_t query)
{
    switch (cl_query_kind_of(&c->queries, query)) {
    case CL_QUERY_HOSTKEY:
        return cleat_answer_hostkey(c, query, false);
    case CL_QUERY_SIGN_KEX:
    case CL_QUERY_SIGN_PROVE:
    case CL_QUERY_SIGN_USERAUTH:
        return cleat_answer_signature(c, query, CL_SLICE_EMPTY);
    case CL_QUERY_DH_GROUP:
        return reject_group(c, query);
    case CL_QUERY_PROMPT:
        return cleat_answer_prompt(c, query, NULL, 0);
    case CL_QUERY_PASSWORD_CHANGE:
        return cleat_answer_password_change(c, query, NULL, NULL);
    case CL_QUERY_AUTH:
        return cleat_answer_auth(c, query, CLEAT_AUTH_REJECT, NULL);
    case CL_QUERY_CHANNEL_OPEN:
        return cleat_answer_channel_refuse(c, query, CLEAT_OPEN_PROHIBITED, "refused");
    case CL_QUERY_CHANNEL_REQUEST:
        return cleat_answer_request(c, query, false);
    case CL_QUERY_GLOBAL_REQUEST: {
        cleat_status st = cl_query_take(&c->queries, query, CL_QUERY_GLOBAL_REQUEST, NULL);
        if (st != CLEAT_OK)
            return st;
        return cl_conn_check(c, cl_globals_answer(c, query, false, CL_SLICE_EMPTY));
    }
    case CL_QUERY_NONE:
        break;
    }
    return CLEAT_E_STALE;
}
