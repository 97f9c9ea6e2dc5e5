/* The client's half of user authentication: requests, and the server's general answers. What the
 * methods themselves exchange is in client_methods.c. */
#include "client.h"

#include "../base/error.h"
#include "../wire/messages.h"
#include "../x509/shown.h"

void cl_authc_init(cl_auth_client *a, const cl_link *link, const cl_env *env)
{
    *a = (cl_auth_client){.link = link, .env = env, .method_name = CL_METHOD_NONE};
    a->user = CL_BUF(link->mem);
    a->algorithm = CL_BUF(link->mem);
    a->key_blob = CL_BUF(link->mem);
}

void cl_authc_free(cl_auth_client *a)
{
    if (!a->link)
        return;
    cl_buf_free(&a->user);
    cl_buf_free(&a->algorithm);
    cl_buf_free(&a->key_blob);
}

static cleat_status push_next(cl_auth_client *a, cleat_slice methods, bool partial, bool first)
{
    cl_event_node *node = cl_events_push(a->link->events, CLEAT_EV_AUTH_NEXT);
    if (!node)
        return CLEAT_E_NOMEM;
    a->phase = CL_AUTHC_READY;
    node->event.u.auth_next.methods = cl_arena_text(&node->arena, methods);
    node->event.u.auth_next.partial = partial;
    node->event.u.auth_next.first = first;
    return node->arena.status;
}

cleat_status cl_authc_begin(cl_auth_client *a)
{
    return push_next(a, CL_SLICE_EMPTY, false, true);
}

/* Every try starts here: it must be our turn, and the user must be the one of before (RFC 4252 §5:
 * a server may drop the connection when it changes). */
static cleat_status start_try(cl_auth_client *a, cl_authc_method method, const char *name,
                              cleat_slice user)
{
    if (a->phase != CL_AUTHC_READY)
        return CLEAT_E_BAD_CALL;
    if (user.len == 0 || user.len > CL_USER_MAX)
        return CLEAT_E_BAD_CALL;
    if (a->user.len && !cleat_slice_equal(user, cl_buf_slice(&a->user)))
        return CLEAT_E_BAD_CALL;
    if (!a->user.len)
        cl_buf_add_slice(&a->user, user);
    a->method = method;
    a->method_name = name;
    return a->user.status;
}

static cleat_status send_request(cl_auth_client *a, cl_buf *m)
{
    a->phase = CL_AUTHC_SENT;
    return cl_link_send_buf(a->link, m);
}

cleat_status cl_authc_none(cl_auth_client *a, cleat_slice user)
{
    cleat_status st = start_try(a, CL_AUTHC_NONE, CL_METHOD_NONE, user);
    if (st != CLEAT_OK)
        return st;
    cl_buf m = CL_BUF(a->link->mem);
    cl_auth_put_request(&m, user, CL_METHOD_NONE);
    return send_request(a, &m);
}

static cleat_status keep_key(cl_auth_client *a, cleat_slice algorithm, cleat_slice key_blob)
{
    cl_buf_reset(&a->algorithm);
    cl_buf_reset(&a->key_blob);
    cl_buf_add_slice(&a->algorithm, algorithm);
    cl_buf_add_slice(&a->key_blob, key_blob);
    return a->algorithm.status != CLEAT_OK ? a->algorithm.status : a->key_blob.status;
}

static void put_key(const cl_auth_client *a, cl_buf *m, bool with_signature,
                    const cl_auth_binding *binding)
{
    bool hostbound = binding->host_key.len > 0;
    cl_auth_put_request(m, cl_buf_slice(&a->user),
                        hostbound ? CL_METHOD_HOSTBOUND : CL_METHOD_PUBLICKEY);
    cl_put_bool(m, with_signature);
    cl_put_string(m, cl_buf_slice(&a->algorithm));
    cl_put_string(m, cl_buf_slice(&a->key_blob));
    if (hostbound)
        cl_put_string(m, binding->host_key);
}

cleat_status cl_authc_probe(cl_auth_client *a, cleat_slice user, cleat_slice algorithm,
                            cleat_slice key_blob, const cl_auth_binding *binding)
{
    cleat_status st = start_try(a, CL_AUTHC_PROBE, CL_METHOD_PUBLICKEY, user);
    if (st == CLEAT_OK)
        st = keep_key(a, algorithm, key_blob);
    if (st != CLEAT_OK)
        return st;
    cl_buf m = CL_BUF(a->link->mem);
    put_key(a, &m, false, binding);
    return send_request(a, &m);
}

static cleat_status ask_signature(cl_auth_client *a, const cl_auth_binding *binding)
{
    cl_event_node *node;
    cl_buf data = CL_BUF(a->link->mem);
    cl_auth_put_signed_data(&data, binding->session_id, cl_buf_slice(&a->user),
                            cl_buf_slice(&a->algorithm), cl_buf_slice(&a->key_blob),
                            binding->host_key);
    cleat_status st = data.status;
    if (st == CLEAT_OK)
        st = cl_link_ask(a->link, CL_QUERY_SIGN_USERAUTH, 0, CLEAT_EV_SIGN, &node);
    if (st == CLEAT_OK) {
        node->event.u.sign.purpose = CLEAT_SIGN_USERAUTH;
        st = cl_shown_signer(a->env, &node->arena, cl_buf_slice(&a->algorithm),
                             cl_buf_slice(&a->key_blob), &node->event.u.sign.algorithm,
                             &node->event.u.sign.key_blob);
        node->event.u.sign.message = cl_arena_copy(&node->arena, cl_buf_slice(&data));
        node->event.u.sign.user = cl_arena_text(&node->arena, cl_buf_slice(&a->user));
        st = st == CLEAT_OK ? node->arena.status : st;
    }
    cl_buf_free(&data);
    return st;
}

cleat_status cl_authc_publickey(cl_auth_client *a, cleat_slice user, cleat_slice algorithm,
                                cleat_slice key_blob, const cl_auth_binding *binding)
{
    cleat_status st = start_try(a, CL_AUTHC_PUBLICKEY, CL_METHOD_PUBLICKEY, user);
    if (st == CLEAT_OK)
        st = keep_key(a, algorithm, key_blob);
    if (st != CLEAT_OK)
        return st;
    a->hostbound = binding->host_key.len > 0;
    a->phase = CL_AUTHC_SIGNING;
    return ask_signature(a, binding);
}

cleat_status cl_authc_signature(cl_auth_client *a, cleat_slice signature,
                                const cl_auth_binding *binding)
{
    if (a->phase != CL_AUTHC_SIGNING)
        return CLEAT_E_BAD_CALL;
    if (signature.len == 0)
        return push_next(a, CL_SLICE_EMPTY, false, false);
    cl_auth_binding same = *binding;
    if (!a->hostbound)
        same.host_key = CL_SLICE_EMPTY;
    cl_buf m = CL_BUF(a->link->mem);
    put_key(a, &m, true, &same);
    cl_put_string(&m, signature);
    a->proved = true;
    return send_request(a, &m);
}

cleat_status cl_authc_password(cl_auth_client *a, cleat_slice user, cleat_slice password)
{
    cleat_status st = start_try(a, CL_AUTHC_PASSWORD, CL_METHOD_PASSWORD, user);
    if (st != CLEAT_OK)
        return st;
    cl_buf m = CL_BUF_SECRET(a->link->mem);
    cl_auth_put_request(&m, user, CL_METHOD_PASSWORD);
    cl_put_bool(&m, false);
    cl_put_string(&m, password);
    a->proved = true;
    return send_request(a, &m);
}

cleat_status cl_authc_kbdint(cl_auth_client *a, cleat_slice user, cleat_slice submethods)
{
    cleat_status st = start_try(a, CL_AUTHC_KBDINT, CL_METHOD_KBDINT, user);
    if (st != CLEAT_OK)
        return st;
    a->rounds = 0;
    cl_buf m = CL_BUF(a->link->mem);
    cl_auth_put_request(&m, user, CL_METHOD_KBDINT);
    cl_put_cstring(&m, "");
    cl_put_string(&m, submethods);
    return send_request(a, &m);
}

/* RFC 4252 §5.1: an answer without a request of ours under way is a protocol error; taking one
 * would let a server log us in before we have said anything. */
static cleat_status expect_answer(cl_auth_client *a, const char *what)
{
    if (a->phase == CL_AUTHC_SENT)
        return CLEAT_OK;
    return cl_fail(a->link->error, CLEAT_E_PROTO, "%s without a request", what);
}

cleat_status cl_authc_on_failure(cl_auth_client *a, cleat_slice payload)
{
    cl_msg_userauth_failure m;
    cleat_status st = cl_decode_userauth_failure(payload, &m);
    if (st == CLEAT_OK)
        st = expect_answer(a, "USERAUTH_FAILURE");
    if (st != CLEAT_OK)
        return st;
    cl_log(a->link->log, CLEAT_LOG_DEBUG1, "auth", "Authentications that can continue: %.*s",
           CL_TEXT_ARG(m.methods));
    return push_next(a, m.methods, m.partial, false);
}

cleat_status cl_authc_on_success(cl_auth_client *a, cleat_slice payload)
{
    cl_msg_userauth_success m;
    cleat_status st = cl_decode_userauth_success(payload, &m);
    if (st == CLEAT_OK)
        st = expect_answer(a, "USERAUTH_SUCCESS");
    if (st == CLEAT_OK && a->method == CL_AUTHC_PROBE)
        st = cl_fail(a->link->error, CLEAT_E_PROTO, "USERAUTH_SUCCESS without a signature");
    if (st != CLEAT_OK)
        return st;
    cl_event_node *node = cl_events_push(a->link->events, CLEAT_EV_AUTH_SUCCESS);
    if (!node)
        return CLEAT_E_NOMEM;
    a->phase = CL_AUTHC_DONE;
    node->event.u.auth_done.user = cl_arena_text(&node->arena, cl_buf_slice(&a->user));
    node->event.u.auth_done.method = a->method_name;
    return node->arena.status;
}

cleat_status cl_authc_on_banner(cl_auth_client *a, cleat_slice payload)
{
    cl_msg_userauth_banner m;
    cleat_status st = cl_decode_userauth_banner(payload, &m);
    if (st != CLEAT_OK)
        return st;
    cl_event_node *node = cl_events_push(a->link->events, CLEAT_EV_AUTH_BANNER);
    if (!node)
        return CLEAT_E_NOMEM;
    node->event.text = cl_arena_text(&node->arena, m.text);
    return node->arena.status;
}
