/* Between the exchange, which only says what it wants, and everything that can give it. */
#include "conn_int.h"

#include "../x509/shown.h"
#include "../wire/messages.h"

/* ---- when ---- */

/* RFC 4344 §3.2: 2^(L/4) blocks for blocks of L bits, at least 1 GiB for short blocks; and no more
 * than 2^31 packets, so that sequence numbers never come round under one key (§3.1). */
static uint64_t byte_limit(const cleat_conn *c, const cl_cipher_alg *cipher)
{
    uint64_t limit = cipher->block >= 16 ? (uint64_t)1 << 36 : (uint64_t)1 << 30;
    uint64_t wanted = c->options.rekey_bytes;
    return wanted && wanted < limit ? wanted : limit;
}

static bool used_up(const cleat_conn *c)
{
    const uint64_t packets_max = (uint64_t)1 << 31;
    int out_way = c->role == CLEAT_CLIENT ? 0 : 1;
    return c->tx.key_bytes >= byte_limit(c, c->kx.choice.cipher[out_way]) ||
           c->rx.key_bytes >= byte_limit(c, c->kx.choice.cipher[1 - out_way]) ||
           c->tx.key_packets >= packets_max || c->rx.key_packets >= packets_max;
}

cleat_status cl_conn_rekey_if_due(cleat_conn *c)
{
    if (c->kx.finished == 0 || c->kx.sent_init || c->base != CL_PH_OPEN || !used_up(c))
        return CLEAT_OK;
    return cl_kexer_start(&c->kx);
}

/* Not before the login: our KEXINIT could cross SUCCESS, and then the peer could not tell which of
 * our packets are compressed. */
cleat_status cleat_conn_rekey(cleat_conn *c)
{
    if (c->end != CL_END_NONE || c->base != CL_PH_OPEN)
        return CLEAT_E_BAD_CALL;
    return cl_conn_check(c, cl_kexer_start(&c->kx));
}

/* ---- asking the owner ---- */

static cleat_status ask_group(cleat_conn *c)
{
    cl_event_node *node;
    cleat_status st = cl_link_ask(&c->link, CL_QUERY_DH_GROUP, 0, CLEAT_EV_DH_GROUP, &node);
    if (st != CLEAT_OK)
        return st;
    node->event.u.dh_group.min = c->kx.gex_min;
    node->event.u.dh_group.preferred = c->kx.gex_preferred;
    node->event.u.dh_group.max = c->kx.gex_max;
    return CLEAT_OK;
}

static cleat_status ask_signature(cleat_conn *c)
{
    cl_event_node *node;
    cleat_status st = cl_link_ask(&c->link, CL_QUERY_SIGN_KEX, 0, CLEAT_EV_SIGN, &node);
    if (st != CLEAT_OK)
        return st;
    node->event.u.sign.purpose = CLEAT_SIGN_KEX;
    st = cl_shown_signer(c->env, &node->arena, cleat_slice_of(c->kx.choice.host_key),
                         cl_buf_slice(&c->kx.host_key), &node->event.u.sign.algorithm,
                         &node->event.u.sign.key_blob);
    node->event.u.sign.message = cl_arena_copy(&node->arena, cl_slice(c->kx.hash, c->kx.hash_len));
    return st == CLEAT_OK ? node->arena.status : st;
}

/* On a re-exchange the key that was accepted before is good; another is asked about again. */
static cleat_status ask_hostkey(cleat_conn *c, bool *asked)
{
    cl_event_node *node;
    *asked = false;
    if (c->kx.finished &&
        cleat_slice_equal(cl_buf_slice(&c->known_host_key), cl_buf_slice(&c->kx.host_key)))
        return cl_kexer_hostkey(&c->kx, true);
    *asked = true;
    cleat_status st = cl_link_ask(&c->link, CL_QUERY_HOSTKEY, 0, CLEAT_EV_HOSTKEY, &node);
    if (st != CLEAT_OK)
        return st;
    node->event.u.hostkey.blob = cl_arena_copy(&node->arena, cl_buf_slice(&c->kx.host_key));
    node->event.u.hostkey.algorithm =
        cl_arena_text(&node->arena, cleat_slice_of(c->kx.choice.host_key));
    return node->arena.status;
}

/* ---- compression ---- */

static bool starts_now(const cleat_conn *c, const cl_comp_alg *comp)
{
    return comp->deflate_new && (!(comp->flags & CL_COMP_DELAYED) || c->success_known);
}

static cleat_status set_deflate(cleat_conn *c)
{
    const cl_comp_alg *comp = c->kx.choice.comp[c->role == CLEAT_CLIENT ? 0 : 1];
    cl_deflate *z = NULL;
    cleat_status st = starts_now(c, comp) ? comp->deflate_new(c->env, &z) : CLEAT_OK;
    if (st == CLEAT_OK)
        cl_tx_set_deflate(&c->tx, z);
    return st;
}

cleat_status cl_conn_set_inflate(cleat_conn *c)
{
    const cl_comp_alg *comp = c->kx.choice.comp[c->role == CLEAT_CLIENT ? 1 : 0];
    cl_inflate *z = NULL;
    cleat_status st = starts_now(c, comp) ? comp->inflate_new(c->env, &z) : CLEAT_OK;
    if (st == CLEAT_OK)
        cl_rx_set_inflate(&c->rx, z);
    return st;
}

cleat_status cl_conn_compress_after_auth(cleat_conn *c)
{
    const cl_choice *choice = &c->kx.choice;
    int out_way = c->role == CLEAT_CLIENT ? 0 : 1;
    cleat_status st = CLEAT_OK;
    c->success_known = true;
    if (choice->comp[out_way]->flags & CL_COMP_DELAYED)
        st = set_deflate(c);
    /* In an exchange of the client's the server's SUCCESS comes to it only after its NEWKEYS, which
     * is where the streams are made anew. */
    bool awaits_newkeys = cl_kexer_running(&c->kx);
    if (st == CLEAT_OK && !awaits_newkeys && (choice->comp[1 - out_way]->flags & CL_COMP_DELAYED))
        st = cl_conn_set_inflate(c);
    return st;
}

/* ---- new keys ---- */

/* RFC 8308 §2.4: the first message after the first NEWKEYS. */
static cleat_status send_ext_info(cleat_conn *c)
{
    const cl_extension server[] = {
        {CL_EXT_SIG_ALGS, cleat_policy_get(c->policy, CLEAT_ALG_PUBKEY)},
        {CL_EXT_HOSTBOUND, "0"},
        {CL_EXT_PING, "0"},
    };
    const cl_extension client[] = {{CL_EXT_IN_AUTH, "0"}};
    cl_buf m = CL_BUF(c->env->mem);
    if (c->role == CLEAT_SERVER)
        cl_extinfo_write(&m, server, 3);
    else
        cl_extinfo_write(&m, client, 1);
    return cl_conn_send_now(c, &m);
}

static cleat_status request_service(cleat_conn *c)
{
    cl_buf m = CL_BUF(c->env->mem);
    const cl_msg_service_request request = {.name = CL_SLICE_LIT(CL_AUTH_SERVICE)};
    cl_encode_service_request(&m, &request);
    c->asked_at = c->now;
    return cl_conn_send_now(c, &m);
}

static cleat_status switch_sending(cleat_conn *c)
{
    bool first = c->kx.finished == 0;
    cleat_status st = cl_kexer_send_newkeys(&c->kx);
    if (st == CLEAT_OK)
        st = set_deflate(c);
    if (st == CLEAT_OK && first && c->kx.peer_wants_ext_info)
        st = send_ext_info(c);
    if (st == CLEAT_OK && first && c->role == CLEAT_CLIENT)
        st = request_service(c);
    return st == CLEAT_OK ? cl_conn_release_held(c) : st;
}

cleat_status cl_conn_kex_steps(cleat_conn *c)
{
    bool asked;
    cleat_status st;
    switch (c->kx.want) {
    case CL_KEX_WANTS_GROUP:
        return ask_group(c);
    case CL_KEX_WANTS_SIGNATURE:
        return ask_signature(c);
    case CL_KEX_WANTS_HOSTKEY:
        st = ask_hostkey(c, &asked);
        return st != CLEAT_OK || asked ? st : cl_conn_kex_steps(c);
    case CL_KEX_READY:
        return switch_sending(c);
    case CL_KEX_IDLE:
    case CL_KEX_WANTS_MESSAGE:
    case CL_KEX_WANTS_NEWKEYS:
        break;
    }
    return CLEAT_OK;
}

/* ---- answers ---- */

static cleat_status after_answer(cleat_conn *c, cleat_status st)
{
    if (st == CLEAT_OK)
        st = cl_conn_kex_steps(c);
    if (st != CLEAT_OK && c->error.status == CLEAT_OK)
        cl_fail(&c->error, st, "key exchange: %s", cleat_status_text(st));
    return cl_conn_check(c, st);
}

cleat_status cleat_answer_hostkey(cleat_conn *c, uint64_t query, bool accept)
{
    cleat_status st = cl_query_take(&c->queries, query, CL_QUERY_HOSTKEY, NULL);
    if (st != CLEAT_OK)
        return st;
    if (accept) {
        cl_buf_reset(&c->known_host_key);
        cl_buf_add_slice(&c->known_host_key, cl_buf_slice(&c->kx.host_key));
        st = c->known_host_key.status;
    }
    if (st == CLEAT_OK)
        st = cl_kexer_hostkey(&c->kx, accept);
    if (!accept) {
        cl_conn_fail(c, st); /* a refusal is an answer like any other: the call itself succeeds */
        return CLEAT_OK;
    }
    return after_answer(c, st);
}

cleat_status cleat_answer_dh_group(cleat_conn *c, uint64_t query, cleat_slice p, cleat_slice g)
{
    cleat_status st = cl_query_take(&c->queries, query, CL_QUERY_DH_GROUP, NULL);
    if (st != CLEAT_OK)
        return st;
    return after_answer(c, cl_kexer_group(&c->kx, p, g));
}

cleat_status cleat_answer_signature(cleat_conn *c, uint64_t query, cleat_slice signature)
{
    cl_query_kind kind = cl_query_kind_of(&c->queries, query);
    if (kind != CL_QUERY_SIGN_KEX && kind != CL_QUERY_SIGN_PROVE && kind != CL_QUERY_SIGN_USERAUTH)
        return CLEAT_E_STALE;
    cleat_status st = cl_query_take(&c->queries, query, kind, NULL);
    if (st != CLEAT_OK)
        return st;
    if (kind == CL_QUERY_SIGN_KEX) {
        if (signature.len == 0)
            st = cl_fail(&c->error, CLEAT_E_KEX, "the host key could not sign");
        else
            st = cl_kexer_signature(&c->kx, signature);
        return after_answer(c, st);
    }
    if (kind == CL_QUERY_SIGN_PROVE)
        return cl_conn_check(c, cl_hostkeys_signature(c, signature));
    const cl_auth_binding binding = {.session_id = cleat_conn_session_id(c),
                                     .host_key = cleat_conn_host_key(c)};
    return cl_conn_check(c, cl_authc_signature(&c->authc, signature, &binding));
}
