/* The monitor's decisions. What the network process says is believed only as far as it is checked
 * here: whose key it is and what has been signed. */
#include "monitor_int.h"

#include "names.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* ---- what becomes of a decision ---- */

static monitor *of(const connection *c)
{
    return c->part;
}

static void meet(connection *c)
{
    size_t len;
    char *groups = names_join(c->account->groups, '\n', &len);
    MONITOR_SEND(of(c)->network, met, .user = cleat_slice_of(c->user),
                 .host = cleat_slice_of(c->host), .known = c->known,
                 .groups = {(const uint8_t *)groups, len});
    free(groups);
    monitor_tell_state(of(c));
}

static void banner(connection *c, const char *text)
{
    MONITOR_SEND(of(c)->network, banner, .text = cleat_slice_of(text));
}

static void refuse(connection *c, const char *text)
{
    MONITOR_SEND(of(c)->network, refuse, .text = cleat_slice_of(text ? text : ""));
}

static void send_verdict(monitor *m, cleat_auth_verdict verdict, const char *methods,
                         const port_attached *attached)
{
    MONITOR_SEND_WITH(m->network, attached, verdict, .query = m->query,
                      .verdict = (uint32_t)verdict, .methods = cleat_slice_of(methods));
}

static void note_login(const monitor *m)
{
    m->c->authenticated = true;
    port_part_name("cleatd-monitor", m->c->user);
}

/* In shared isolation PAM's session begins with what is first wanted. */
static bool admit(connection *c)
{
    monitor *m = of(c);
    return monitor_check_account(m) && (c->again || !m->network_part || monitor_open_pam(m));
}

/* Logged in, unless there can be no session. */
static void let_in(monitor *m, const char *methods)
{
    port_attached attached = {.fds = {-1, -1, -1}, .count = 1};
    cleat_error error = {0};
    if (monitor_offer_session(m, &attached.fds[0], &error) != CLEAT_OK) {
        log_about(m->c, CLEAT_LOG_ERROR, "%s", error.text);
        send_verdict(m, CLEAT_AUTH_REJECT, methods, NULL);
        return;
    }
    note_login(m);
    uv_timer_stop(&m->grace);
    send_verdict(m, CLEAT_AUTH_ACCEPT, methods, &attached);
    monitor_tell_state(m);
    monitor_rest_later(m);
    port_part_trim(); /* what PAM has taken */
}

/* Only what keys have proved can be proved again. */
static void note_proof(monitor *m)
{
    if (m->method != CLEAT_AUTH_PUBLICKEY)
        m->by_keys = false;
    else if (!m->c->again)
        monitor_keep_proof(m, (cleat_slice){m->request.data, m->request.len});
}

static void proved_again(monitor *m, cleat_auth_verdict outcome)
{
    if (outcome == CLEAT_AUTH_ACCEPT)
        note_login(m);
    else if (outcome != CLEAT_AUTH_PARTIAL)
        m->again_at = SIZE_MAX;
    monitor_prove_again(m);
}

static void verdict(connection *c, uint64_t query, cleat_auth_verdict outcome, const char *methods)
{
    monitor *m = of(c);
    (void)query;
    m->deciding = false;
    if (outcome != CLEAT_AUTH_REJECT && m->method != CLEAT_AUTH_PUBLICKEY_PROBE)
        note_proof(m);
    if (m->c->again) {
        proved_again(m, outcome);
        return;
    }
    if (outcome == CLEAT_AUTH_REJECT && m->method != CLEAT_AUTH_NONE)
        m->failures++;
    if (outcome == CLEAT_AUTH_ACCEPT && m->method != CLEAT_AUTH_PUBLICKEY_PROBE)
        let_in(m, methods);
    else
        send_verdict(m, outcome, methods, NULL);
}

/* The texts with + or - before them, each ended by a zero; to be freed. */
static char *join_questions(const cleat_prompt *prompts, size_t count, size_t *len)
{
    char **texts = calloc(count + 1, sizeof *texts);
    bool whole = texts != NULL;
    for (size_t i = 0; whole && i < count; i++) {
        texts[i] = text_format("%c%s", prompts[i].echo ? '+' : '-', prompts[i].text);
        whole = texts[i] != NULL;
    }
    char *joined = whole ? names_join(texts, 0, len) : NULL;
    for (size_t i = 0; texts && texts[i]; i++)
        free(texts[i]);
    free(texts);
    return joined;
}

static void ask(connection *c, uint64_t query, const char *instruction, const cleat_prompt *prompts,
                size_t count)
{
    monitor *m = of(c);
    size_t len;
    char *questions = join_questions(prompts, count, &len);
    m->deciding = false;
    if (questions)
        MONITOR_SEND(m->network, ask, .query = query, .instruction = cleat_slice_of(instruction),
                     .questions = {(const uint8_t *)questions, len});
    else
        monitor_link_break(m->network);
    free(questions);
}

static void change(connection *c, uint64_t query, const char *prompt)
{
    monitor *m = of(c);
    m->deciding = false;
    MONITOR_SEND(m->network, change, .query = query, .prompt = cleat_slice_of(prompt));
}

const gate monitor_gate = {meet, banner, refuse, admit, verdict, ask, change};

/* ---- requests ---- */

static char *text_of(cleat_slice s)
{
    return text_format("%.*s", (int)s.len, s.len ? (const char *)s.data : "");
}

/* Somebody who does not exist is looked up in the same files as others. */
static cleat_status stand_in(monitor *m, cleat_error *error)
{
    cleat_status st = port_user_lookup(&m->account.user, "nobody", error);
    if (st != CLEAT_OK)
        st = port_user_lookup(&m->account.user, "root", error);
    return st;
}

static cleat_status take_account(monitor *m, const char *name)
{
    cleat_error error = {0};
    cleat_status st = port_user_lookup(&m->account.user, name, &error);
    m->account.exists = st == CLEAT_OK;
    if (st == CLEAT_E_NO_SUCH)
        st = stand_in(m, &error);
    if (st == CLEAT_OK)
        st = port_user_environment(&m->account.environment, m->account.user, &error);
    if (st == CLEAT_OK && port_user_groups(&m->account.groups, m->account.user, &error) != CLEAT_OK)
        log_about(m->c, CLEAT_LOG_ERROR, "%s", error.text);
    if (st != CLEAT_OK)
        log_about(m->c, CLEAT_LOG_ERROR, "%s", error.text);
    m->c->account = &m->account;
    return st;
}

/* Of one request the texts, ended by zeros. */
typedef struct request {
    monitor_auth fields;
    char *user, *algorithm, *password, *new_password;
    char **responses;
} request;

static bool read_request(request *r, cleat_slice bytes)
{
    *r = (request){.user = NULL};
    if (monitor_decode_auth(bytes, &r->fields) != CLEAT_OK)
        return false;
    r->user = text_of(r->fields.user);
    r->algorithm = text_of(r->fields.algorithm);
    r->password = text_of(r->fields.password);
    r->new_password = text_of(r->fields.new_password);
    r->responses = names_split(r->fields.responses, 0);
    return r->user && r->algorithm && r->password && r->new_password && r->responses;
}

static void free_request(request *r)
{
    free(r->user);
    free(r->algorithm);
    port_free_secret(r->password, r->password ? strlen(r->password) : 0);
    port_free_secret(r->new_password, r->new_password ? strlen(r->new_password) : 0);
    names_free_secret(r->responses);
}

/* The name does not change, and one request comes after the other. */
static bool is_in_order(monitor *m, const request *r)
{
    connection *c = m->c;
    bool tries_left = m->failures < (uint32_t)rules_number(c->rules, "MaxAuthTries");
    if (m->deciding || !tries_left || !m->exchange.session_id_len)
        return false;
    if (c->user)
        return strcmp(c->user, r->user) == 0;
    c->client = text_of(r->fields.client);
    return c->client && take_account(m, r->user) == CLEAT_OK;
}

/* The key that the monitor has signed the exchange with, by itself or in a certificate. */
static bool host_has_shown(const monitor *m, cleat_slice blob)
{
    const setup *s = m->c->setup;
    const cleat_key *key = s->host_keys[m->exchange.host_key];
    bool shown = cleat_slice_equal(blob, cleat_key_blob(key));
    for (size_t i = 0; i < s->host_cert_count; i++)
        shown = shown || (cleat_key_equal(cleat_cert_key(s->host_certs[i]), key) &&
                          cleat_slice_equal(blob, cleat_cert_blob(s->host_certs[i])));
    for (size_t i = 0; i < s->host_chain_count; i++)
        shown = shown || (cleat_key_equal(cleat_x509_key(s->host_chains[i]), key) &&
                          cleat_x509_is_blob_of(s->host_chains[i], blob));
    return shown;
}

static bool proves(const monitor *m, const request *r)
{
    cleat_error error = {0};
    const cleat_slice host_key = r->fields.host_key;
    if (host_key.len && !host_has_shown(m, host_key))
        return false;
    const cleat_auth_proof proof = {
        .struct_size = sizeof proof,
        .session_id = {m->exchange.session_id, m->exchange.session_id_len},
        .user = r->user,
        .algorithm = r->algorithm,
        .key_blob = r->fields.key_blob,
        .signature = r->fields.signature,
        .host_key = host_key,
    };
    cleat_status st = cleat_auth_check_proof(m->c->server->ctx, &proof, &error);
    if (st != CLEAT_OK)
        log_about(m->c, CLEAT_LOG_ERROR,
                  "the network process vouched for a signature that is "
                  "wrong: %s",
                  error.text);
    return st == CLEAT_OK;
}

static bool keep_request(monitor *m, cleat_slice bytes)
{
    uint8_t *room = realloc(m->request.data, bytes.len);
    if (!room)
        return false;
    memcpy(room, bytes.data, bytes.len);
    m->request = (cleat_bytes){.data = room, .len = bytes.len};
    return true;
}

bool monitor_auth_message(monitor *m, cleat_slice bytes)
{
    request r;
    cleat_event ev = {.type = CLEAT_EV_AUTH_REQUEST};
    bool good = read_request(&r, bytes) && is_in_order(m, &r);
    m->method = (cleat_auth_method)r.fields.method;
    m->query = r.fields.query;
    if (good && m->method == CLEAT_AUTH_PUBLICKEY)
        good = keep_request(m, bytes);
    if (good && m->method == CLEAT_AUTH_PUBLICKEY)
        good = proves(m, &r);
    if (good && m->method != CLEAT_AUTH_KBDINT_ANSWER)
        monitor_stop_dialogue(m);
    if (good) {
        m->deciding = true;
        ev.query = r.fields.query;
        ev.u.auth.method = m->method;
        ev.u.auth.user = r.user;
        ev.u.auth.failures = m->failures;
        ev.u.auth.algorithm = r.algorithm;
        ev.u.auth.key_blob = r.fields.key_blob;
        ev.u.auth.signature = r.fields.signature;
        ev.u.auth.hostbound = r.fields.host_key.len > 0;
        ev.u.auth.password = r.password;
        ev.u.auth.new_password = r.fields.changes ? r.new_password : NULL;
        ev.u.auth.responses = (const char *const *)r.responses;
        ev.u.auth.response_count = names_count(r.responses);
        auth_decide(m->c, &ev);
    }
    free_request(&r);
    return good;
}
