/* How a pair's owners answer their queries: each answer is decided at once and given then, late, or
 * twice, as the setup says. */
#include "pair_int.h"

#include "alg/alg.h"

#include <string.h>

static const cleat_prompt prompts[] = {{"favourite colour? ", true}, {"number? ", false}};
static const char *const responses[] = {"blue", "42"};

bool pair_method_is(const pair *p, const char *method)
{
    return strcmp(p->setup->method ? p->setup->method : "publickey", method) == 0;
}

/* ---- deciding ---- */

static const cleat_key *key_with(const pair *p, cleat_slice blob)
{
    for (size_t i = 0; i < PAIR_KEYS_MAX; i++) {
        if (p->host_keys[i] && cleat_slice_equal(cleat_key_blob(p->host_keys[i]), blob))
            return p->host_keys[i];
    }
    return p->user_key;
}

static void decide_signature(pair *p, const cleat_event *ev, pair_answer *a)
{
    cleat_error error;
    const cleat_key *key = key_with(p, ev->u.sign.key_blob);
    cleat_status st =
        cleat_key_sign(key, ev->u.sign.algorithm, ev->u.sign.message, &a->signature, &error);
    a->yes = st == CLEAT_OK;
    if (p->owner == CLEAT_OK)
        p->owner = st;
}

static void decide_key(const pair *p, const cleat_event *ev, pair_answer *a)
{
    bool known = cleat_slice_equal(ev->u.auth.key_blob, cleat_key_blob(p->user_key));
    bool more = pair_method_is(p, "partial") || pair_method_is(p, "all");
    a->methods = "publickey";
    a->verdict = known ? CLEAT_AUTH_ACCEPT : CLEAT_AUTH_REJECT;
    if (known && more && ev->u.auth.method == CLEAT_AUTH_PUBLICKEY) {
        a->verdict = CLEAT_AUTH_PARTIAL;
        a->methods = pair_method_is(p, "all") ? "keyboard-interactive" : "password";
    }
}

static void decide_password(const cleat_event *ev, pair_answer *a)
{
    bool expired = strcmp(ev->u.auth.password, "expired") == 0;
    bool right = strcmp(ev->u.auth.password, "correct horse") == 0;
    a->methods = "password";
    a->change = expired && !ev->u.auth.new_password;
    a->verdict = right || expired ? CLEAT_AUTH_ACCEPT : CLEAT_AUTH_REJECT;
}

static void decide_kbdint(pair *p, const cleat_event *ev, pair_answer *a)
{
    bool first = ev->u.auth.method == CLEAT_AUTH_KBDINT;
    const char *response = first ? "" : ev->u.auth.responses[0];
    if (first || strcmp(response, responses[0]) == 0) {
        a->prompt = &prompts[first ? 0 : 1];
        return;
    }
    bool more = pair_method_is(p, "all");
    a->verdict = more ? CLEAT_AUTH_PARTIAL : CLEAT_AUTH_ACCEPT;
    if (strcmp(response, responses[1]) != 0)
        a->verdict = CLEAT_AUTH_REJECT;
    a->methods = "password";
}

static void decide_auth(pair *p, const cleat_event *ev, pair_answer *a)
{
    switch (ev->u.auth.method) {
    case CLEAT_AUTH_NONE:
        a->verdict = pair_method_is(p, "none") ? CLEAT_AUTH_ACCEPT : CLEAT_AUTH_REJECT;
        a->methods = "publickey,password,keyboard-interactive";
        return;
    case CLEAT_AUTH_PUBLICKEY_PROBE:
    case CLEAT_AUTH_PUBLICKEY:
        decide_key(p, ev, a);
        return;
    case CLEAT_AUTH_PASSWORD:
        decide_password(ev, a);
        return;
    case CLEAT_AUTH_KBDINT:
    case CLEAT_AUTH_KBDINT_ANSWER:
        decide_kbdint(p, ev, a);
        return;
    }
}

static pair_answer decide(pair *p, cleat_conn *c, const cleat_event *ev)
{
    pair_answer a = {.conn = c, .query = ev->query, .type = ev->type, .yes = true};
    switch (ev->type) {
    case CLEAT_EV_HOSTKEY:
        a.yes = cleat_slice_equal(ev->u.hostkey.blob, cleat_key_blob(p->host_key));
        break;
    case CLEAT_EV_SIGN:
        decide_signature(p, ev, &a);
        break;
    case CLEAT_EV_AUTH_REQUEST:
        decide_auth(p, ev, &a);
        break;
    case CLEAT_EV_AUTH_PROMPT:
        a.response = responses[p->impl->prompts_answered++ % 2];
        break;
    case CLEAT_EV_CHANNEL_REQUEST:
        a.yes = ev->u.request.type == CLEAT_REQ_EXEC;
        break;
    default:
        break;
    }
    return a;
}

/* ---- giving ---- */

/* 2048 bits, the least that both ends take: larger ones only cost time. */
static cleat_status give_group(const pair_answer *a)
{
    cleat_slice p;
    cleat_slice g;
    if (!cl_dh_fixed_group(2048, 2048, 2048, &p, &g))
        return cleat_answer_reject(a->conn, a->query);
    return cleat_answer_dh_group(a->conn, a->query, p, g);
}

static cleat_status give_channel(pair *p, const pair_answer *a)
{
    cleat_channel *ch;
    cleat_status st = cleat_answer_channel(a->conn, a->query, &ch);
    if (st == CLEAT_OK)
        p->server.channel = ch;
    return st;
}

static cleat_status give_verdict(const pair_answer *a)
{
    if (a->change)
        return cleat_answer_auth_change(a->conn, a->query, "choose another");
    if (a->prompt)
        return cleat_answer_auth_prompts(a->conn, a->query, "quiz", "two rounds", a->prompt, 1);
    return cleat_answer_auth(a->conn, a->query, a->verdict, a->methods);
}

static cleat_status give(pair *p, const pair_answer *a)
{
    const cleat_slice reply = {(const uint8_t *)"reply", 5};
    switch (a->type) {
    case CLEAT_EV_HOSTKEY:
        return cleat_answer_hostkey(a->conn, a->query, a->yes);
    case CLEAT_EV_SIGN:
        if (!a->yes)
            break;
        return cleat_answer_signature(a->conn, a->query,
                                      (cleat_slice){a->signature.data, a->signature.len});
    case CLEAT_EV_DH_GROUP:
        return give_group(a);
    case CLEAT_EV_AUTH_REQUEST:
        return give_verdict(a);
    case CLEAT_EV_AUTH_PROMPT:
        return cleat_answer_prompt(a->conn, a->query, &a->response, 1);
    case CLEAT_EV_AUTH_CHANGE:
        return cleat_answer_password_change(a->conn, a->query, "expired", "new");
    case CLEAT_EV_CHANNEL_OPEN:
        return give_channel(p, a);
    case CLEAT_EV_CHANNEL_REQUEST:
        return cleat_answer_request(a->conn, a->query, a->yes);
    case CLEAT_EV_GLOBAL_REQUEST:
        return cleat_answer_global(a->conn, a->query, reply);
    default:
        break;
    }
    return cleat_answer_reject(a->conn, a->query);
}

/* Failures show in the dialogue's end; a second answer must be refused as such. */
static void give_now(pair *p, pair_answer *a)
{
    cleat_status st = give(p, a);
    if (p->owner == CLEAT_OK)
        p->owner = st;
    if (st == CLEAT_OK && p->setup->answer_twice &&
        (cleat_answer_reject(a->conn, a->query) != CLEAT_E_STALE || give(p, a) != CLEAT_E_STALE))
        p->intact = false;
    cleat_bytes_free(&a->signature);
}

void pair_answer_query(pair *p, cleat_conn *c, const cleat_event *ev)
{
    struct pair_impl *impl = p->impl;
    if (!ev->query)
        return;
    pair_answer a = decide(p, c, ev);
    a.due = p->rounds + p->setup->late;
    if (!p->setup->late || impl->late_count == PAIR_LATE_MAX)
        give_now(p, &a);
    else
        impl->late[impl->late_count++] = a;
}

bool pair_answer_due(pair *p)
{
    struct pair_impl *impl = p->impl;
    bool waiting = impl->late_count > 0;
    for (size_t i = 0; i < impl->late_count;) {
        pair_answer a = impl->late[i];
        if (a.due > p->rounds) {
            i++;
            continue;
        }
        impl->late[i] = impl->late[--impl->late_count];
        give_now(p, &a);
    }
    return waiting;
}

void pair_answers_free(pair *p)
{
    for (size_t i = 0; i < p->impl->late_count; i++)
        cleat_bytes_free(&p->impl->late[i].signature);
}
