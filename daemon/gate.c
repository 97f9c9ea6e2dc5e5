/* What a decision about a login does to an engine in this process. */
#include "server.h"

#include <string.h>

enum { BY_APPLICATION = 11 /* RFC 4253 §11.1 */ };

static void ignore(const connection *c, cleat_status st)
{
    if (st != CLEAT_OK)
        log_about(c, CLEAT_LOG_DEBUG1, "authentication: %s", cleat_status_text(st));
}

static void meet(connection *c)
{
    cleat_conn *conn = cleat_uv_conn(c->uv);
    const cleat_conn_options options = connection_options(c);
    const char *ours = cleat_policy_get(c->rules->policy, CLEAT_ALG_PUBKEY);
    const char *told = cleat_policy_get(c->setup->rules->policy, CLEAT_ALG_PUBKEY);
    if (c->rules == c->setup->rules)
        return;
    ignore(c, cleat_conn_adjust(conn, &options));
    if (strcmp(ours, told) != 0)
        ignore(c, cleat_auth_send_sig_algs(conn, ours));
}

static void banner(connection *c, const char *text)
{
    ignore(c, cleat_auth_banner(cleat_uv_conn(c->uv), text));
}

static void refuse(connection *c, const char *text)
{
    cleat_conn_disconnect(cleat_uv_conn(c->uv), BY_APPLICATION, text);
}

/* Who serves one user is that user. */
static bool admit(connection *c)
{
    (void)c;
    return true;
}

/* The time that looking things up has taken counts: the loop's clock stood still meanwhile. */
static void verdict(connection *c, uint64_t query, cleat_auth_verdict verdict_, const char *methods)
{
    cleat_conn *conn = cleat_uv_conn(c->uv);
    uv_update_time(c->server->loop);
    cleat_conn_tick(conn, uv_now(c->server->loop));
    ignore(c, cleat_answer_auth(conn, query, verdict_, methods));
    cleat_uv_kick(c->uv);
}

static void ask(connection *c, uint64_t query, const char *instruction, const cleat_prompt *prompts,
                size_t count)
{
    ignore(c,
           cleat_answer_auth_prompts(cleat_uv_conn(c->uv), query, "", instruction, prompts, count));
    cleat_uv_kick(c->uv);
}

static void change(connection *c, uint64_t query, const char *prompt)
{
    ignore(c, cleat_answer_auth_change(cleat_uv_conn(c->uv), query, prompt));
    cleat_uv_kick(c->uv);
}

const gate gate_here = {meet, banner, refuse, admit, verdict, ask, change};
