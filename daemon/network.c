/* The network process: an engine whose questions go to the monitor, and whose sessions are the
 * session process's. */
#include "network.h"

#include "accepted.h"
#include "far_runner.h"
#include "monitor.h"
#include "names.h"
#include "text.h"
#include "traffic.h"

#include "../monitor/link.h"

#include <stdlib.h>

enum { QUESTIONS_MAX = 64 }; /* the engine takes no more at a time */

/* What this process keeps of a client. */
typedef struct network {
    connection *c;
    monitor_link *monitor; /* NULL: it has gone */
} network;

static monitor_link *monitor_of(const connection *c)
{
    const network *n = c->part;
    return n->monitor;
}

/* A line goes to the monitor of the connection that it is about. */
static void log_far(void *user, uint64_t about, cleat_log_level level, const char *text)
{
    const server *s = user;
    const connection *c = s->first;
    while (c && c->id != about && s->is_worker)
        c = c->next;
    monitor_link *link = c && c->part ? monitor_of(c) : s->listener;
    if (link)
        MONITOR_SEND(link, line, .level = (uint32_t)level, .text = cleat_slice_of(text));
}

/* ---- questions ---- */

static void sign(connection *c, const cleat_event *ev)
{
    MONITOR_SEND(monitor_of(c), sign, .query = ev->query, .purpose = ev->u.sign.purpose,
                 .key_blob = ev->u.sign.key_blob, .algorithm = cleat_slice_of(ev->u.sign.algorithm),
                 .message = ev->u.sign.message);
}

static void choose_group(connection *c, const cleat_event *ev)
{
    MONITOR_SEND(monitor_of(c), group, .query = ev->query, .least = ev->u.dh_group.min,
                 .preferred = ev->u.dh_group.preferred, .most = ev->u.dh_group.max);
}

/* Texts ended by zeros; NULL for none, or without memory. */
static char *join_responses(const cleat_event *ev, size_t *len)
{
    char **list = calloc(ev->u.auth.response_count + 1, sizeof *list);
    union {
        const char *given;
        char *wanted; /* names_join does not write to it */
    } at;
    *len = 0;
    for (size_t i = 0; list && i < ev->u.auth.response_count; i++) {
        at.given = ev->u.auth.responses[i];
        list[i] = at.wanted;
    }
    char *joined = names_join(list, 0, len);
    free(list);
    return joined;
}

static void decide(connection *c, const cleat_event *ev)
{
    size_t len;
    char *responses = join_responses(ev, &len);
    const cleat_slice shown = cleat_conn_host_key(cleat_uv_conn(c->uv));
    const cleat_slice host_key = ev->u.auth.hostbound ? shown : (cleat_slice){0};
    MONITOR_SEND(monitor_of(c), auth, .query = ev->query, .method = ev->u.auth.method,
                 .failures = ev->u.auth.failures, .user = text_or_none(ev->u.auth.user),
                 .client = text_or_none(c->client), .algorithm = text_or_none(ev->u.auth.algorithm),
                 .key_blob = ev->u.auth.key_blob, .signature = ev->u.auth.signature,
                 .host_key = host_key, .password = text_or_none(ev->u.auth.password),
                 .changes = ev->u.auth.new_password != NULL,
                 .new_password = text_or_none(ev->u.auth.new_password),
                 .responses = {(const uint8_t *)responses, len});
    port_free_secret(responses, len);
}

/* What the listener would like to know of the connection, for whoever asks it. */
static void tell_traffic(const connection *c)
{
    const server *s = c->server;
    traffic_tell(c, s->is_worker ? s->listener : monitor_of(c));
}

/* Everything is sent that was to be: a process for one client has nothing left to do. */
static void ended(connection *c, cleat_status why)
{
    network *n = c->part;
    tell_traffic(c);
    MONITOR_SEND(n->monitor, ended, .reason = (uint32_t)-why);
    if (!c->server->is_worker)
        port_part_exit(0);
    far_runner_stop(c);
    monitor_link_close(n->monitor);
    free(n);
    c->part = NULL;
}

static const arbiter monitor_arbiter = {sign, choose_group, decide, ended};

/* ---- answers ---- */

static char *text_of(cleat_slice s)
{
    return text_format("%.*s", (int)s.len, s.len ? (const char *)s.data : "");
}

static void note(const connection *c, cleat_status st)
{
    if (st != CLEAT_OK)
        log_about(c, CLEAT_LOG_DEBUG1, "%s", cleat_status_text(st));
}

static bool take_signature(connection *c, cleat_slice bytes)
{
    monitor_signature m;
    cleat_conn *conn = cleat_uv_conn(c->uv);
    if (monitor_decode_signature(bytes, &m) != CLEAT_OK)
        return false;
    note(c, m.signature.len ? cleat_answer_signature(conn, m.query, m.signature)
                            : cleat_answer_reject(conn, m.query));
    return true;
}

static bool take_group(connection *c, cleat_slice bytes)
{
    monitor_group_is m;
    cleat_conn *conn = cleat_uv_conn(c->uv);
    if (monitor_decode_group_is(bytes, &m) != CLEAT_OK)
        return false;
    const uint8_t generator[] = {(uint8_t)m.generator};
    note(c, m.prime.len ? cleat_answer_dh_group(conn, m.query, m.prime,
                                                (cleat_slice){generator, sizeof generator})
                        : cleat_answer_reject(conn, m.query));
    return true;
}

static bool take_user(connection *c, cleat_slice bytes)
{
    monitor_met m;
    if (c->user || monitor_decode_met(bytes, &m) != CLEAT_OK)
        return false;
    char **groups = names_split(m.groups, '\n');
    free(c->host);
    c->host = text_of(m.host);
    c->user = text_of(m.user);
    c->known = m.known;
    if (c->user && c->host && groups && auth_take_rules(c, groups))
        gate_here.meet(c);
    free(groups);
    return c->user && c->host;
}

static bool take_banner(connection *c, cleat_slice bytes)
{
    monitor_banner m;
    if (monitor_decode_banner(bytes, &m) != CLEAT_OK)
        return false;
    char *text = text_of(m.text);
    if (text)
        gate_here.banner(c, text);
    free(text);
    return true;
}

static bool take_refusal(connection *c, cleat_slice bytes)
{
    monitor_refuse m;
    if (monitor_decode_refuse(bytes, &m) != CLEAT_OK)
        return false;
    char *text = text_of(m.text);
    gate_here.refuse(c, text && text[0] ? text : NULL);
    free(text);
    return true;
}

static bool take_verdict(connection *c, cleat_slice bytes, port_attached *attached)
{
    monitor_verdict m;
    if (monitor_decode_verdict(bytes, &m) != CLEAT_OK)
        return false;
    if (attached->count && !far_runner_start(c, &attached->fds[0]))
        return false;
    char *methods = text_of(m.methods);
    gate_here.verdict(c, m.query, (cleat_auth_verdict)m.verdict, methods);
    free(methods);
    return true;
}

/* Each text has + or - before it. */
static size_t read_questions(cleat_prompt *prompts, char *const *texts)
{
    size_t count = 0;
    for (; texts[count] && count < QUESTIONS_MAX; count++)
        prompts[count] = (cleat_prompt){texts[count] + 1, texts[count][0] == '+'};
    return count;
}

static bool take_questions(connection *c, cleat_slice bytes)
{
    monitor_ask m;
    cleat_prompt prompts[QUESTIONS_MAX];
    if (monitor_decode_ask(bytes, &m) != CLEAT_OK)
        return false;
    char **texts = names_split(m.questions, 0);
    char *instruction = text_of(m.instruction);
    bool good = texts && instruction;
    if (good)
        gate_here.ask(c, m.query, instruction, prompts, read_questions(prompts, texts));
    free(texts);
    free(instruction);
    return good;
}

static bool take_change(connection *c, cleat_slice bytes)
{
    monitor_change m;
    char *prompt = monitor_decode_change(bytes, &m) == CLEAT_OK ? text_of(m.prompt) : NULL;
    if (prompt)
        gate_here.change(c, m.query, prompt);
    free(prompt);
    return prompt != NULL;
}

static bool on_message(void *user, cleat_slice bytes, port_attached *attached)
{
    const network *n = user;
    bool good = false;
    switch (monitor_number(bytes)) {
    case MONITOR_signature:
        good = take_signature(n->c, bytes);
        break;
    case MONITOR_group_is:
        good = take_group(n->c, bytes);
        break;
    case MONITOR_met:
        good = take_user(n->c, bytes);
        break;
    case MONITOR_banner:
        good = take_banner(n->c, bytes);
        break;
    case MONITOR_refuse:
        good = take_refusal(n->c, bytes);
        break;
    case MONITOR_verdict:
        good = take_verdict(n->c, bytes, attached);
        break;
    case MONITOR_ask:
        good = take_questions(n->c, bytes);
        break;
    case MONITOR_change:
        good = take_change(n->c, bytes);
        break;
    case MONITOR_ask_traffic:
        tell_traffic(n->c);
        good = true;
        break;
    default:
        break;
    }
    cleat_uv_kick(n->c->uv);
    return good;
}

/* Nobody is left who could decide or sign anything. */
static void on_end(void *user, const cleat_error *why)
{
    network *n = user;
    (void)why;
    if (!n->c->server->is_worker)
        port_part_exit(1);
    monitor_link_close(n->monitor);
    n->monitor = NULL;
    cleat_uv_close(n->c->uv);
}

/* ---- the beginning ---- */

/* Both descriptors are taken. */
static cleat_status begin(connection *c, int socket, int monitor, cleat_error *error)
{
    server *s = c->server;
    network *n = calloc(1, sizeof *n);
    const monitor_link_owner owner = {n, on_message, on_end, NULL};
    if (!n) {
        part_close(monitor);
        part_close(socket);
        return CLEAT_E_NOMEM;
    }
    n->c = c;
    c->part = n;
    c->arbiter = &monitor_arbiter;
    c->runner = &far_runner;
    cleat_status st = monitor_link_new(&n->monitor, s->loop, monitor, &owner);
    if (st == CLEAT_OK)
        return cleat_stream_open_fds(&c->stream, s->loop, socket, socket, error);
    part_close(socket);
    return st;
}

_Noreturn static void give_up(const connection *c, const cleat_error *error)
{
    monitor_tell_failure(c, error);
    port_part_exit(1);
}

_Noreturn void network_main(connection *c, int socket, int monitor)
{
    uv_loop_t loop;
    cleat_error error = {0};
    const int kept[] = {socket, monitor};
    port_part_name("cleatd-network", NULL);
    port_part_keep_only(kept, 2);
    part_take_loop(c->server, &loop);
    cleat_status st = begin(c, socket, monitor, &error);
    if (st == CLEAT_OK)
        st = part_confine(c->server, log_far, &error);
    if (st != CLEAT_OK)
        give_up(c, &error);
    if (!connection_attach(c))
        port_part_exit(1);
    uv_run(&loop, UV_RUN_DEFAULT);
    port_part_exit(0);
}

/* ---- a worker ---- */

static void drop(connection *c, const cleat_error *error)
{
    network *n = c->part;
    monitor_tell_failure(c, error);
    if (n)
        monitor_link_close(n->monitor);
    free(n);
    c->part = NULL;
    connection_free(c);
}

static bool on_listener_message(void *user, cleat_slice bytes, port_attached *attached)
{
    server *s = user;
    cleat_error error = {0};
    if (monitor_number(bytes) == MONITOR_alive)
        return accepted_alive(s, bytes);
    if (monitor_number(bytes) == MONITOR_outlook)
        return accepted_outlook(s, bytes);
    if (monitor_number(bytes) == MONITOR_ask_traffic) {
        for (const connection *each = s->first; each; each = each->next)
            tell_traffic(each);
        return true;
    }
    connection *c = accepted_read(s, bytes);
    if (!c)
        return false;
    if (attached->count != 2) {
        drop(c, &accepted_without_room); /* its monitor sees that */
        return true;
    }
    attached->count = 0;
    if (begin(c, attached->fds[0], attached->fds[1], &error) != CLEAT_OK)
        drop(c, &error);
    else
        connection_attach(c);
    return true;
}

/* No more clients: those that are there go on. */
static void on_listener_end(void *user, const cleat_error *why)
{
    server *s = user;
    (void)why;
    monitor_link_close(s->listener);
    s->listener = NULL;
}

_Noreturn void network_worker_main(server *s, int listener)
{
    const monitor_link_owner owner = {s, on_listener_message, on_listener_end, NULL};
    s->is_worker = true;
    part_serve(s, listener, &(part_role){"cleatd-worker", "worker", &owner, log_far});
}
