/* Service requests and user authentication: the engine's side of both roles. */
#include "conn_int.h"
#include "handlers.h"

#include "../wire/messages.h"

enum { ROUND_TRIP_MAX_MS = 2000 };

/* The first round trip that is known: nobody is asked anything between a service request and its
 * answer, nor, with the clients there are, before the first try. Where it took longer, somebody
 * was. */
static void measure_path(cleat_conn *c)
{
    if (c->now - c->asked_at <= ROUND_TRIP_MAX_MS)
        cl_conn_measure(c, c->asked_at);
}

cleat_status cl_on_service_request(cleat_conn *c, cleat_slice payload)
{
    cl_msg_service_request m;
    cleat_status st = cl_decode_service_request(payload, &m);
    if (st != CLEAT_OK)
        return st;
    if (!cl_slice_is(m.name, CL_AUTH_SERVICE))
        return cl_fail(&c->error, CLEAT_E_SERVICE, "service not available: %.*s",
                       (int)(m.name.len > 64 ? 64 : m.name.len), (const char *)m.name.data);
    cl_buf b = CL_BUF(c->env->mem);
    const cl_msg_service_accept accept = {.name = m.name};
    cl_encode_service_accept(&b, &accept);
    /* Paramiko asks again before every attempt; what went before still counts. */
    if (c->base == CL_PH_SERVICE)
        cl_auths_begin(&c->auths);
    c->base = CL_PH_AUTH;
    c->asked_at = c->now;
    return cl_link_send_buf(&c->link, &b);
}

cleat_status cl_on_service_accept(cleat_conn *c, cleat_slice payload)
{
    cl_msg_service_accept m;
    cleat_status st = cl_decode_service_accept(payload, &m);
    if (st != CLEAT_OK)
        return st;
    if (!cl_slice_is(m.name, CL_AUTH_SERVICE))
        return cl_fail(&c->error, CLEAT_E_PROTO, "a service was accepted that we did not ask for");
    c->base = CL_PH_AUTH;
    measure_path(c);
    return cl_authc_begin(&c->authc);
}

cleat_status cl_conn_authenticated(cleat_conn *c)
{
    c->base = CL_PH_OPEN;
    cl_buf_free(&c->stash);
    c->stashed = false;
    cleat_status st = c->role == CLEAT_CLIENT ? cl_conn_compress_after_auth(c) : CLEAT_OK;
    if (st == CLEAT_OK && c->role == CLEAT_SERVER && c->options.announce_host_keys)
        st = cl_conn_announce_hostkeys(c);
    return st;
}

/* ---- server ---- */

static cleat_status stash_request(cleat_conn *c, cleat_slice payload)
{
    cl_buf_reset(&c->stash);
    cl_buf_add_slice(&c->stash, payload);
    c->stashed = true;
    return c->stash.status;
}

cleat_status cl_on_userauth_request(cleat_conn *c, cleat_slice payload)
{
    /* RFC 4252 §5.1: requests that were sent before the client knew of its success are ignored. */
    if (c->base == CL_PH_OPEN && !c->said_more)
        return CLEAT_OK;
    if (c->base == CL_PH_OPEN)
        return cl_fail(&c->error, CLEAT_E_PROTO, "USERAUTH_REQUEST after authentication");
    if (c->auths.requests == 0)
        measure_path(c);
    if (cl_auths_busy(&c->auths))
        return stash_request(c, payload);
    const cl_auths_binding binding = {.session_id = cleat_conn_session_id(c),
                                      .host_key = cleat_conn_host_key(c)};
    return cl_auths_on_request(&c->auths, payload, &binding, c->now);
}

static cleat_status after_verdict(cleat_conn *c, cleat_status st)
{
    if (st == CLEAT_OK && c->auths.phase == CL_AUTHS_DONE)
        st = cl_conn_authenticated(c);
    return cl_conn_check(c, st);
}

cleat_status cleat_answer_auth(cleat_conn *c, uint64_t query, cleat_auth_verdict verdict,
                               const char *methods)
{
    cleat_status st = cl_query_take(&c->queries, query, CL_QUERY_AUTH, NULL);
    if (st != CLEAT_OK)
        return st;
    return after_verdict(c, cl_auths_answer(&c->auths, verdict, methods, c->now));
}

/* Answers that not every request allows leave the query open when they do not fit. */
static bool awaits_verdict(const cleat_conn *c, uint64_t query)
{
    return cl_query_kind_of(&c->queries, query) == CL_QUERY_AUTH;
}

static cleat_status close_if_taken(cleat_conn *c, uint64_t query, cleat_status st)
{
    if (st == CLEAT_E_BAD_CALL)
        return st;
    cleat_status taken = cl_query_take(&c->queries, query, CL_QUERY_AUTH, NULL);
    return cl_conn_check(c, st == CLEAT_OK ? taken : st);
}

cleat_status cleat_answer_auth_change(cleat_conn *c, uint64_t query, const char *prompt)
{
    if (!awaits_verdict(c, query))
        return CLEAT_E_STALE;
    return close_if_taken(c, query, cl_auths_change(&c->auths, prompt));
}

cleat_status cleat_answer_auth_prompts(cleat_conn *c, uint64_t query, const char *name,
                                       const char *instruction, const cleat_prompt *prompts,
                                       size_t count)
{
    if (!awaits_verdict(c, query))
        return CLEAT_E_STALE;
    return close_if_taken(c, query, cl_auths_prompts(&c->auths, name, instruction, prompts, count));
}

cleat_status cleat_auth_banner(cleat_conn *c, const char *text)
{
    if (c->role != CLEAT_SERVER || c->base != CL_PH_AUTH || c->end != CL_END_NONE)
        return CLEAT_E_BAD_CALL;
    return cl_conn_check(c, cl_auths_banner(&c->auths, cleat_slice_of(text)));
}

cleat_status cleat_conn_adjust(cleat_conn *c, const cleat_conn_options *options)
{
    cleat_conn_options o = {0};
    if (c->role != CLEAT_SERVER || c->base == CL_PH_OPEN || c->end != CL_END_NONE ||
        !cleat_options_import(&o, sizeof o, options))
        return CLEAT_E_BAD_CALL;
    cl_conn_fill_defaults(&o);
    c->options.rekey_bytes = o.rekey_bytes;
    c->options.rekey_seconds = o.rekey_seconds;
    c->options.keepalive_ms = o.keepalive_ms;
    c->options.keepalive_count = o.keepalive_count;
    c->options.auth_tries_max = o.auth_tries_max;
    c->options.sessions_max = o.sessions_max;
    if (o.log_level)
        c->log.level = o.log_level;
    if (o.policy) {
        cleat_policy_unref(c->user_policy);
        c->user_policy = cleat_policy_ref(o.policy);
    }
    cl_conn_apply_options(c);
    return CLEAT_OK;
}

cleat_status cleat_auth_send_sig_algs(cleat_conn *c, const char *sig_algs)
{
    if (c->role != CLEAT_SERVER || c->base != CL_PH_AUTH || c->end != CL_END_NONE)
        return CLEAT_E_BAD_CALL;
    if (!c->peer.ext_in_auth)
        return CLEAT_E_UNSUPPORTED;
    const cl_extension list[] = {{CL_EXT_SIG_ALGS, sig_algs}};
    cl_buf m = CL_BUF(c->env->mem);
    cl_extinfo_write(&m, list, 1);
    return cl_conn_check(c, cl_link_send_buf(&c->link, &m));
}

/* ---- client ---- */

cleat_status cl_on_userauth_failure(cleat_conn *c, cleat_slice payload)
{
    return cl_authc_on_failure(&c->authc, payload);
}

cleat_status cl_on_userauth_success(cleat_conn *c, cleat_slice payload)
{
    if (c->options.no_trivial_auth && !c->authc.proved)
        return cl_fail(&c->error, CLEAT_E_AUTH, "the server let us in without any proof");
    cleat_status st = cl_authc_on_success(&c->authc, payload);
    return st == CLEAT_OK ? cl_conn_authenticated(c) : st;
}

cleat_status cl_on_userauth_banner(cleat_conn *c, cleat_slice payload)
{
    return cl_authc_on_banner(&c->authc, payload);
}

cleat_status cl_on_userauth_method(cleat_conn *c, cleat_slice payload)
{
    if (c->role == CLEAT_SERVER)
        return cl_auths_on_method(&c->auths, payload, c->now);
    return cl_authc_on_method(&c->authc, payload);
}

static bool may_try(const cleat_conn *c)
{
    return c->role == CLEAT_CLIENT && c->base == CL_PH_AUTH && c->end == CL_END_NONE;
}

/* The host-bound form needs the server's word that it knows it, and a host key to bind to. */
static cl_auth_binding binding_for(const cleat_conn *c, bool plain)
{
    bool hostbound = c->peer.hostbound && !plain;
    return (cl_auth_binding){
        .session_id = cleat_conn_session_id(c),
        .host_key = hostbound ? cleat_conn_host_key(c) : CL_SLICE_EMPTY,
    };
}

cleat_status cleat_auth_none(cleat_conn *c, const char *user)
{
    if (!may_try(c))
        return CLEAT_E_BAD_CALL;
    return cl_conn_check(c, cl_authc_none(&c->authc, cleat_slice_of(user)));
}

cleat_status cleat_auth_probe(cleat_conn *c, const char *user, const char *algorithm,
                              cleat_slice key_blob)
{
    if (!may_try(c))
        return CLEAT_E_BAD_CALL;
    const cl_auth_binding binding = binding_for(c, false);
    return cl_conn_check(c, cl_authc_probe(&c->authc, cleat_slice_of(user),
                                           cleat_slice_of(algorithm), key_blob, &binding));
}

cleat_status cleat_auth_publickey(cleat_conn *c, const char *user, const char *algorithm,
                                  cleat_slice key_blob, bool plain)
{
    if (!may_try(c))
        return CLEAT_E_BAD_CALL;
    const cl_auth_binding binding = binding_for(c, plain);
    return cl_conn_check(c, cl_authc_publickey(&c->authc, cleat_slice_of(user),
                                               cleat_slice_of(algorithm), key_blob, &binding));
}

cleat_status cleat_auth_password(cleat_conn *c, const char *user, const char *password)
{
    if (!may_try(c))
        return CLEAT_E_BAD_CALL;
    return cl_conn_check(
        c, cl_authc_password(&c->authc, cleat_slice_of(user), cleat_slice_of(password)));
}

cleat_status cleat_auth_kbdint(cleat_conn *c, const char *user, const char *submethods)
{
    if (!may_try(c))
        return CLEAT_E_BAD_CALL;
    return cl_conn_check(
        c, cl_authc_kbdint(&c->authc, cleat_slice_of(user), cleat_slice_of(submethods)));
}

cleat_status cleat_answer_prompt(cleat_conn *c, uint64_t query, const char *const *responses,
                                 size_t count)
{
    if (cl_query_kind_of(&c->queries, query) != CL_QUERY_PROMPT)
        return CLEAT_E_STALE;
    cleat_status st = cl_authc_prompts(&c->authc, responses, count);
    if (st == CLEAT_E_BAD_CALL)
        return st;
    cleat_status taken = cl_query_take(&c->queries, query, CL_QUERY_PROMPT, NULL);
    return cl_conn_check(c, st == CLEAT_OK ? taken : st);
}

cleat_status cleat_answer_password_change(cleat_conn *c, uint64_t query, const char *old_password,
                                          const char *new_password)
{
    cleat_status st = cl_query_take(&c->queries, query, CL_QUERY_PASSWORD_CHANGE, NULL);
    if (st != CLEAT_OK)
        return st;
    return cl_conn_check(c, cl_authc_change(&c->authc, old_password, new_password));
}

const char *cleat_conn_server_sig_algs(const cleat_conn *c)
{
    return c->peer.sig_algs.len ? (const char *)c->peer.sig_algs.data : "";
}
