/* Reading authentication requests at the server: form, signature, and the query to the owner. */
#include "../base/error.h"
#include "../wire/messages.h"
#include "../wire/namelist.h"
#include "../x509/shown.h"
#include "server.h"

typedef struct pk_request {
    bool has_signature, hostbound;
    const cl_sig_alg *alg; /* NULL: not one of ours */
    cleat_slice algorithm, key_blob, host_key, signature;
} pk_request;

static cleat_status ask(cl_auth_server *a, cleat_auth_method method, cl_event_node **node)
{
    a->method = method;
    cleat_status st = cl_link_ask(a->link, CL_QUERY_AUTH, 0, CLEAT_EV_AUTH_REQUEST, node);
    if (st != CLEAT_OK)
        return st;
    a->phase = CL_AUTHS_DECIDING;
    (*node)->event.u.auth.method = method;
    (*node)->event.u.auth.user = cl_arena_text(&(*node)->arena, cl_buf_slice(&a->user));
    (*node)->event.u.auth.service = CL_CONNECTION_SERVICE;
    (*node)->event.u.auth.failures = a->failures;
    return (*node)->arena.status;
}

/* A request that cannot be right whoever sends it: refused like any other. */
static cleat_status refuse_here(cl_auth_server *a, cleat_auth_method method, uint64_t now)
{
    a->method = method;
    a->phase = CL_AUTHS_DECIDING;
    return cl_auths_answer(a, CLEAT_AUTH_REJECT, NULL, now);
}

static cleat_status read_publickey(cleat_slice fields, bool hostbound, pk_request *pk)
{
    cl_reader r = cl_reader_of(fields);
    *pk = (pk_request){.hostbound = hostbound, .host_key = CL_SLICE_EMPTY};
    pk->has_signature = cl_get_bool(&r);
    pk->algorithm = cl_get_text(&r);
    cl_key_form form;
    pk->alg = cl_sig_alg_find_form(pk->algorithm, &form);
    pk->key_blob = cl_get_string(&r);
    if (hostbound)
        pk->host_key = cl_get_string(&r);
    pk->signature = pk->has_signature ? cl_get_string(&r) : CL_SLICE_EMPTY;
    return cl_reader_done(&r);
}

/* The key must be one that we can check with an algorithm that is allowed (RFC 8308 §3.1: the
 * announced list is enforced, not only announced). Whether a certificate that it comes in is good
 * for anything is its owner's question. */
static cleat_status load_key(cl_auth_server *a, const pk_request *pk, cleat_key **key)
{
    cleat_error why = {0};
    *key = NULL;
    if (!pk->alg || !cl_namelist_has(cleat_slice_of(a->sig_algs), pk->algorithm))
        return CLEAT_E_UNSUPPORTED;
    cleat_status st = cl_shown_key(a->env, pk->algorithm, pk->key_blob, key, &why);
    if (st == CLEAT_OK && (*key)->type != pk->alg->key_type)
        st = CLEAT_E_KEY_FORMAT;
    if (st == CLEAT_OK)
        st = cl_key_check(*key, a->rsa_min_bits, &why);
    return st;
}

static cleat_status verify(const pk_request *pk, const cleat_key *key, cleat_slice data)
{
    cleat_error why = {0};
    return cl_key_verify(key, pk->alg, data, pk->signature, &why);
}

static void fill_key_event(cl_event_node *node, const pk_request *pk, cleat_slice data)
{
    node->event.u.auth.algorithm = cl_arena_text(&node->arena, pk->algorithm);
    node->event.u.auth.key_blob = cl_arena_copy(&node->arena, pk->key_blob);
    node->event.u.auth.hostbound = pk->hostbound;
    node->event.u.auth.signed_data = cl_arena_copy(&node->arena, data);
    node->event.u.auth.signature = cl_arena_copy(&node->arena, pk->signature);
}

static cleat_status keep_key(cl_auth_server *a, const pk_request *pk)
{
    cl_buf_reset(&a->algorithm);
    cl_buf_reset(&a->key_blob);
    cl_buf_add_slice(&a->algorithm, pk->algorithm);
    cl_buf_add_slice(&a->key_blob, pk->key_blob);
    return a->algorithm.status != CLEAT_OK ? a->algorithm.status : a->key_blob.status;
}

static cleat_status ask_publickey(cl_auth_server *a, const pk_request *pk, const cleat_key *key,
                                  cleat_slice session_id, uint64_t now)
{
    cleat_auth_method method =
        pk->has_signature ? CLEAT_AUTH_PUBLICKEY : CLEAT_AUTH_PUBLICKEY_PROBE;
    cl_event_node *node;
    cl_buf data = CL_BUF(a->link->mem);
    if (pk->has_signature)
        cl_auth_put_signed_data(&data, session_id, cl_buf_slice(&a->user), pk->algorithm,
                                pk->key_blob, pk->host_key);
    cleat_status st = data.status;
    if (pk->has_signature && st == CLEAT_OK)
        st = verify(pk, key, cl_buf_slice(&data));
    bool wrong = st != CLEAT_OK && st != CLEAT_E_NOMEM;
    if (wrong)
        st = refuse_here(a, method, now);
    else if (st == CLEAT_OK)
        st = ask(a, method, &node);
    if (st == CLEAT_OK && !wrong) {
        fill_key_event(node, pk, cl_buf_slice(&data));
        st = node->arena.status;
    }
    cl_buf_free(&data);
    return st;
}

static cleat_status on_publickey(cl_auth_server *a, cleat_slice fields, bool hostbound,
                                 const cl_auths_binding *binding, uint64_t now)
{
    pk_request pk;
    cleat_key *key = NULL;
    cleat_status st = read_publickey(fields, hostbound, &pk);
    if (st != CLEAT_OK)
        return st;
    /* A host-bound request for another host's key was made for another server. */
    bool foreign = hostbound && !cleat_slice_equal(pk.host_key, binding->host_key);
    st = keep_key(a, &pk);
    cleat_status loaded = st == CLEAT_OK && !foreign ? load_key(a, &pk, &key) : st;
    if (st != CLEAT_OK || loaded == CLEAT_E_NOMEM)
        return loaded;
    if (foreign || loaded != CLEAT_OK) {
        cl_log(a->link->log, CLEAT_LOG_DEBUG1, "auth", "publickey request refused: %.*s%s",
               CL_TEXT_ARG(pk.algorithm), foreign ? " is bound to another host key" : "");
        st = refuse_here(a, CLEAT_AUTH_PUBLICKEY, now);
    } else {
        st = ask_publickey(a, &pk, key, binding->session_id, now);
    }
    cleat_key_unref(key);
    return st;
}

static cleat_status on_password(cl_auth_server *a, cleat_slice fields)
{
    cl_event_node *node;
    cl_reader r = cl_reader_of(fields);
    bool change = cl_get_bool(&r);
    cleat_slice password = cl_get_text(&r);
    cleat_slice fresh = change ? cl_get_text(&r) : CL_SLICE_EMPTY;
    cleat_status st = cl_reader_done(&r);
    if (st == CLEAT_OK)
        st = ask(a, CLEAT_AUTH_PASSWORD, &node);
    if (st != CLEAT_OK)
        return st;
    node->event.u.auth.password = cl_arena_text(&node->arena, password);
    if (change)
        node->event.u.auth.new_password = cl_arena_text(&node->arena, fresh);
    return node->arena.status;
}

static cleat_status on_kbdint(cl_auth_server *a, cleat_slice fields)
{
    cl_event_node *node;
    cl_reader r = cl_reader_of(fields);
    cl_get_string(&r);
    cleat_slice submethods = cl_get_text(&r);
    cleat_status st = cl_reader_done(&r);
    if (st == CLEAT_OK)
        st = ask(a, CLEAT_AUTH_KBDINT, &node);
    if (st != CLEAT_OK)
        return st;
    node->event.u.auth.submethods = cl_arena_text(&node->arena, submethods);
    return node->arena.status;
}

static cleat_status on_none(cl_auth_server *a)
{
    cl_event_node *node;
    return ask(a, CLEAT_AUTH_NONE, &node);
}

/* Another user or service than before would need all state to be forgotten (RFC 4252 §5); like
 * other servers we end the connection instead. */
static cleat_status check_user(cl_auth_server *a, const cl_msg_userauth_request *m)
{
    if (!cl_slice_is(m->service, CL_CONNECTION_SERVICE))
        return cl_fail(a->link->error, CLEAT_E_SERVICE, "service not available: %.*s",
                       (int)(m->service.len > 64 ? 64 : m->service.len),
                       (const char *)m->service.data);
    if (m->user.len > CL_USER_MAX)
        return cl_fail(a->link->error, CLEAT_E_LIMIT, "user name of %zu bytes", m->user.len);
    if (a->requests && !cleat_slice_equal(m->user, cl_buf_slice(&a->user)))
        return cl_fail(a->link->error, CLEAT_E_PROTO, "change of user name is not allowed");
    if (!a->requests)
        cl_buf_add_slice(&a->user, m->user);
    return a->user.status;
}

cleat_status cl_auths_on_request(cl_auth_server *a, cleat_slice payload,
                                 const cl_auths_binding *binding, uint64_t now)
{
    cl_msg_userauth_request m;
    cleat_status st = cl_decode_userauth_request(payload, &m);
    if (st == CLEAT_OK)
        st = check_user(a, &m);
    if (st != CLEAT_OK)
        return st;
    /* Probes that find a key do not fail, but make the owner look for it as often. */
    if (a->requests >= CL_AUTH_REQUESTS_MAX)
        return cl_fail(a->link->error, CLEAT_E_TOO_MANY_TRIES, "Too many authentication requests");
    a->request_at = now;
    a->requests++;
    if (cl_slice_is(m.method, CL_METHOD_NONE))
        return on_none(a);
    if (cl_slice_is(m.method, CL_METHOD_PUBLICKEY))
        return on_publickey(a, m.fields, false, binding, now);
    if (cl_slice_is(m.method, CL_METHOD_HOSTBOUND))
        return on_publickey(a, m.fields, true, binding, now);
    if (cl_slice_is(m.method, CL_METHOD_PASSWORD))
        return on_password(a, m.fields);
    if (cl_slice_is(m.method, CL_METHOD_KBDINT))
        return on_kbdint(a, m.fields);
    cl_log(a->link->log, CLEAT_LOG_DEBUG1, "auth", "method not supported: %.*s",
           CL_TEXT_ARG(m.method));
    return refuse_here(a, CLEAT_AUTH_NONE, now);
}

/* RFC 4256 §3.4: as many responses as there were prompts. */
static cleat_status read_responses(cl_auth_server *a, cl_reader *r, cl_event_node *node)
{
    size_t count = a->prompts;
    const char **responses = cl_arena_get(&node->arena, (count + 1) * sizeof *responses);
    if (!responses)
        return CLEAT_E_NOMEM;
    for (size_t i = 0; i < count; i++)
        responses[i] = cl_arena_text(&node->arena, cl_get_text(r));
    node->event.u.auth.responses = responses;
    node->event.u.auth.response_count = count;
    cleat_status st = cl_reader_done(r);
    return st == CLEAT_OK ? node->arena.status : st;
}

cleat_status cl_auths_on_method(cl_auth_server *a, cleat_slice payload, uint64_t now)
{
    cl_event_node *node;
    cl_reader r = cl_reader_of(payload);
    uint8_t number = cl_get_u8(&r);
    uint32_t count = cl_get_u32(&r);
    if (a->phase != CL_AUTHS_PROMPTING || number != CL_MSG_info_response)
        return cl_fail(a->link->error, CLEAT_E_PROTO, "unexpected authentication message %u",
                       number);
    if (count != a->prompts)
        return cl_fail(a->link->error, CLEAT_E_PROTO, "%u responses to %zu prompts",
                       (unsigned)count, a->prompts);
    a->request_at = now;
    cleat_status st = ask(a, CLEAT_AUTH_KBDINT_ANSWER, &node);
    return st == CLEAT_OK ? read_responses(a, &r, node) : st;
}
