/* The messages 60..79 at the client: their meaning depends on the method that is being tried. */
#include "../base/error.h"
#include "../wire/messages.h"
#include "client.h"

static cleat_status on_pk_ok(cl_auth_client *a, cleat_slice payload)
{
    cl_msg_userauth_pk_ok m;
    cleat_status st = cl_decode_userauth_pk_ok(payload, &m);
    if (st != CLEAT_OK)
        return st;
    if (!cleat_slice_equal(m.algorithm, cl_buf_slice(&a->algorithm)) ||
        !cleat_slice_equal(m.key_blob, cl_buf_slice(&a->key_blob)))
        return cl_fail(a->link->error, CLEAT_E_PROTO, "PK_OK for a key that was not offered");
    cl_event_node *node = cl_events_push(a->link->events, CLEAT_EV_AUTH_PK_OK);
    if (!node)
        return CLEAT_E_NOMEM;
    a->phase = CL_AUTHC_READY;
    node->event.u.key.algorithm = cl_arena_text(&node->arena, m.algorithm);
    node->event.u.key.blob = cl_arena_copy(&node->arena, m.key_blob);
    return node->arena.status;
}

static cleat_status on_change_request(cl_auth_client *a, cleat_slice payload)
{
    cl_msg_userauth_passwd_changereq m;
    cl_event_node *node;
    cleat_status st = cl_decode_userauth_passwd_changereq(payload, &m);
    if (st == CLEAT_OK)
        st = cl_link_ask(a->link, CL_QUERY_PASSWORD_CHANGE, 0, CLEAT_EV_AUTH_CHANGE, &node);
    if (st != CLEAT_OK)
        return st;
    a->phase = CL_AUTHC_ANSWERING;
    node->event.text = cl_arena_text(&node->arena, m.prompt);
    return node->arena.status;
}

static cleat_status read_prompts(cl_reader *r, cl_event_node *node, size_t count)
{
    cleat_prompt *prompts = cl_arena_get(&node->arena, count * sizeof *prompts);
    if (!prompts)
        return CLEAT_E_NOMEM;
    for (size_t i = 0; i < count; i++) {
        prompts[i].text = cl_arena_text(&node->arena, cl_get_string(r));
        prompts[i].echo = cl_get_bool(r);
    }
    node->event.u.prompt.prompts = prompts;
    node->event.u.prompt.count = count;
    cleat_status st = cl_reader_done(r);
    return st == CLEAT_OK ? node->arena.status : st;
}

/* RFC 4256 §3.2 */
static cleat_status on_info_request(cl_auth_client *a, cleat_slice payload)
{
    cl_event_node *node;
    cl_reader r = cl_reader_of(payload);
    cl_get_u8(&r);
    cleat_slice name = cl_get_string(&r);
    cleat_slice instruction = cl_get_string(&r);
    cl_get_string(&r);
    uint32_t count = cl_get_u32(&r);
    if (r.fault != CLEAT_OK)
        return r.fault;
    if (count > CL_PROMPTS_MAX)
        return cl_fail(a->link->error, CLEAT_E_LIMIT, "%u prompts in one round", (unsigned)count);
    if (++a->rounds > CL_ROUNDS_MAX)
        return cl_fail(a->link->error, CLEAT_E_LIMIT, "over %d rounds of questions for one login",
                       CL_ROUNDS_MAX);
    cleat_status st = cl_link_ask(a->link, CL_QUERY_PROMPT, 0, CLEAT_EV_AUTH_PROMPT, &node);
    if (st != CLEAT_OK)
        return st;
    a->phase = CL_AUTHC_ANSWERING;
    a->prompts = count;
    node->event.u.prompt.name = cl_arena_text(&node->arena, name);
    node->event.u.prompt.instruction = cl_arena_text(&node->arena, instruction);
    return read_prompts(&r, node, count);
}

cleat_status cl_authc_on_method(cl_auth_client *a, cleat_slice payload)
{
    uint8_t number = payload.data[0];
    if (a->phase == CL_AUTHC_SENT && number == CL_MSG_userauth_pk_ok) {
        if (a->method == CL_AUTHC_PROBE)
            return on_pk_ok(a, payload);
        if (a->method == CL_AUTHC_PASSWORD)
            return on_change_request(a, payload);
        if (a->method == CL_AUTHC_KBDINT)
            return on_info_request(a, payload);
    }
    return cl_fail(a->link->error, CLEAT_E_PROTO, "unexpected authentication message %u", number);
}

cleat_status cl_authc_prompts(cl_auth_client *a, const char *const *responses, size_t count)
{
    if (a->phase != CL_AUTHC_ANSWERING || a->method != CL_AUTHC_KBDINT)
        return CLEAT_E_BAD_CALL;
    if (responses ? count != a->prompts : a->prompts && count)
        return CLEAT_E_BAD_CALL;
    cl_buf m = CL_BUF_SECRET(a->link->mem);
    cl_put_u8(&m, CL_MSG_info_response);
    cl_put_u32(&m, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        cl_put_cstring(&m, responses[i]);
        a->proved = a->proved || responses[i][0];
    }
    a->phase = CL_AUTHC_SENT;
    return cl_link_send_buf(a->link, &m);
}

/* RFC 4252 §8: the request with both passwords. Giving up is a plain request that must fail, since
 * the protocol has no other way to decline. */
cleat_status cl_authc_change(cl_auth_client *a, const char *old_password, const char *new_password)
{
    if (a->phase != CL_AUTHC_ANSWERING || a->method != CL_AUTHC_PASSWORD)
        return CLEAT_E_BAD_CALL;
    cl_buf m = CL_BUF_SECRET(a->link->mem);
    if (!new_password) {
        cl_auth_put_request(&m, cl_buf_slice(&a->user), CL_METHOD_NONE);
    } else {
        cl_auth_put_request(&m, cl_buf_slice(&a->user), CL_METHOD_PASSWORD);
        cl_put_bool(&m, true);
        cl_put_cstring(&m, old_password);
        cl_put_cstring(&m, new_password);
    }
    a->phase = CL_AUTHC_SENT;
    return cl_link_send_buf(a->link, &m);
}
