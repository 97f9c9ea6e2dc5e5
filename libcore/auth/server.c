/* The server's half of user authentication: verdicts, refusals and their timing. Reading requests
 * is in server_requests.c. */
#include "server.h"

#include "../base/error.h"
#include "../wire/messages.h"

void cl_auths_init(cl_auth_server *a, const cl_link *link, const cl_env *env)
{
    *a = (cl_auth_server){.link = link, .env = env};
    cl_buf *buffers[] = {&a->user, &a->methods, &a->algorithm, &a->key_blob, &a->banner};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
        *buffers[i] = CL_BUF(link->mem);
}

void cl_auths_free(cl_auth_server *a)
{
    if (!a->link)
        return;
    cl_buf_free(&a->user);
    cl_buf_free(&a->methods);
    cl_buf_free(&a->algorithm);
    cl_buf_free(&a->key_blob);
    cl_buf_free(&a->banner);
}

void cl_auths_begin(cl_auth_server *a)
{
    a->phase = CL_AUTHS_IDLE;
}

bool cl_auths_busy(const cl_auth_server *a)
{
    return a->phase == CL_AUTHS_DECIDING || a->phase == CL_AUTHS_DELAYING;
}

cleat_status cl_auths_banner(cl_auth_server *a, cleat_slice text)
{
    cl_buf m = CL_BUF(a->link->mem);
    const cl_msg_userauth_banner banner = {.text = text,
                                           .language = {(const uint8_t *)"\0\0\0", 4}};
    cl_encode_userauth_banner(&m, &banner);
    return cl_link_send_buf(a->link, &m);
}

static cleat_status send_failure(cl_auth_server *a, bool partial)
{
    cl_buf m = CL_BUF(a->link->mem);
    const cl_msg_userauth_failure failure = {.methods = cl_buf_slice(&a->methods),
                                             .partial = partial};
    cl_encode_userauth_failure(&m, &failure);
    a->phase = CL_AUTHS_IDLE;
    return cl_link_send_buf(a->link, &m);
}

static cleat_status let_go(cl_auth_server *a, bool partial)
{
    if (a->last)
        return cl_fail(a->link->error, CLEAT_E_TOO_MANY_TRIES, "Too many authentication failures");
    return send_failure(a, partial);
}

/* Hashes of passwords are made to take their time, and nobody computes one for a user who does not
 * exist: refusals of passwords have longer steps. */
static uint64_t step_of(const cl_auth_server *a)
{
    bool password = a->method == CLEAT_AUTH_PASSWORD || a->method == CLEAT_AUTH_KBDINT_ANSWER;
    return password && a->password_fail_ms ? a->password_fail_ms : a->fail_ms;
}

static cleat_status refuse(cl_auth_server *a, bool partial, uint64_t now)
{
    bool asking = a->method == CLEAT_AUTH_NONE && a->requests == 1; /* which methods there are */
    if (!partial && !asking)
        a->last = ++a->failures >= a->tries_max;
    /* A refusal, the last one too, leaves a whole number of steps after its request: one, unless
     * looking things up took longer. So the time that took is not to be read from the wire, and
     * does not tell whether the user or the key is known, but where it is near a multiple. */
    uint64_t step = step_of(a);
    uint64_t spent = now - a->request_at;
    uint64_t steps = step ? (spent + step - 1) / step : 0;
    a->refuse_at = a->request_at + (steps ? steps : 1) * step;
    if (partial || asking || now >= a->refuse_at)
        return let_go(a, partial);
    a->phase = CL_AUTHS_DELAYING;
    return CLEAT_OK;
}

static cleat_status accept_probe(cl_auth_server *a)
{
    cl_buf m = CL_BUF(a->link->mem);
    const cl_msg_userauth_pk_ok ok = {.algorithm = cl_buf_slice(&a->algorithm),
                                      .key_blob = cl_buf_slice(&a->key_blob)};
    cl_encode_userauth_pk_ok(&m, &ok);
    a->phase = CL_AUTHS_IDLE;
    return cl_link_send_buf(a->link, &m);
}

static const char *method_name(cleat_auth_method method)
{
    switch (method) {
    case CLEAT_AUTH_PUBLICKEY_PROBE:
    case CLEAT_AUTH_PUBLICKEY:
        return CL_METHOD_PUBLICKEY;
    case CLEAT_AUTH_PASSWORD:
        return CL_METHOD_PASSWORD;
    case CLEAT_AUTH_KBDINT:
    case CLEAT_AUTH_KBDINT_ANSWER:
        return CL_METHOD_KBDINT;
    case CLEAT_AUTH_NONE:
        break;
    }
    return CL_METHOD_NONE;
}

static cleat_status accept(cl_auth_server *a)
{
    cl_buf m = CL_BUF(a->link->mem);
    const cl_msg_userauth_success success = {0};
    cl_encode_userauth_success(&m, &success);
    cleat_status st = cl_link_send_buf(a->link, &m);
    if (st != CLEAT_OK)
        return st;
    cl_event_node *node = cl_events_push(a->link->events, CLEAT_EV_AUTH_SUCCESS);
    if (!node)
        return CLEAT_E_NOMEM;
    a->phase = CL_AUTHS_DONE;
    node->event.u.auth_done.user = cl_arena_text(&node->arena, cl_buf_slice(&a->user));
    node->event.u.auth_done.method = method_name(a->method);
    return node->arena.status;
}

cleat_status cl_auths_answer(cl_auth_server *a, cleat_auth_verdict verdict, const char *methods,
                             uint64_t now)
{
    if (a->phase != CL_AUTHS_DECIDING)
        return CLEAT_E_BAD_CALL;
    if (methods) {
        cl_buf_reset(&a->methods);
        cl_buf_add_text(&a->methods, methods);
        if (a->methods.status != CLEAT_OK)
            return a->methods.status;
    }
    if (a->banner.len) {
        cleat_status st = cl_auths_banner(a, cl_buf_slice(&a->banner));
        cl_buf_free(&a->banner);
        if (st != CLEAT_OK)
            return st;
    }
    if (verdict == CLEAT_AUTH_REJECT)
        return refuse(a, false, now);
    if (a->method == CLEAT_AUTH_PUBLICKEY_PROBE)
        return accept_probe(a);
    return verdict == CLEAT_AUTH_PARTIAL ? refuse(a, true, now) : accept(a);
}

cleat_status cl_auths_change(cl_auth_server *a, const char *prompt)
{
    if (a->phase != CL_AUTHS_DECIDING || a->method != CLEAT_AUTH_PASSWORD)
        return CLEAT_E_BAD_CALL;
    cl_buf m = CL_BUF(a->link->mem);
    const cl_msg_userauth_passwd_changereq request = {.prompt = cleat_slice_of(prompt),
                                                      .language = {(const uint8_t *)"\0\0\0", 4}};
    cl_encode_userauth_passwd_changereq(&m, &request);
    a->phase = CL_AUTHS_IDLE;
    return cl_link_send_buf(a->link, &m);
}

cleat_status cl_auths_prompts(cl_auth_server *a, const char *name, const char *instruction,
                              const cleat_prompt *prompts, size_t count)
{
    bool kbdint = a->method == CLEAT_AUTH_KBDINT || a->method == CLEAT_AUTH_KBDINT_ANSWER;
    if (a->phase != CL_AUTHS_DECIDING || !kbdint || count > CL_PROMPTS_MAX)
        return CLEAT_E_BAD_CALL;
    cl_buf m = CL_BUF(a->link->mem);
    cl_put_u8(&m, CL_MSG_info_request);
    cl_put_cstring(&m, name);
    cl_put_cstring(&m, instruction);
    cl_put_cstring(&m, "");
    cl_put_u32(&m, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        cl_put_cstring(&m, prompts[i].text);
        cl_put_bool(&m, prompts[i].echo);
    }
    a->prompts = count;
    a->phase = CL_AUTHS_PROMPTING;
    return cl_link_send_buf(a->link, &m);
}

uint64_t cl_auths_deadline(const cl_auth_server *a)
{
    return a->phase == CL_AUTHS_DELAYING ? a->refuse_at : UINT64_MAX;
}

cleat_status cl_auths_tick(cl_auth_server *a, uint64_t now)
{
    if (now < cl_auths_deadline(a))
        return CLEAT_OK;
    return let_go(a, false);
}
