/* The session process: tasks and connections for the network process, with the user's rights. */
#include "session_process.h"

#include "audit.h"
#include "awaiting.h"
#include "dialling.h"
#include "task.h"
#include "text.h"

#include "../monitor/link.h"

#include <stdlib.h>
#include <string.h>

enum { OPEN_MAX = 2048 };

typedef struct session_process session_process;

/* A session or a forwarding, by the number that the network process has given it. */
typedef struct item {
    struct item *next;
    session_process *of;
    uint32_t number;
    bool is_session;
    task *task; /* of a session; NULL: it is refused */
    dialling *dialling;
    awaiting *awaiting;
    awaiting_socket *socket;
} item;

struct session_process {
    connection *c;
    monitor_link *network, *monitor;
    item *first;
    size_t count;
};

static void log_far(void *user, uint64_t about, cleat_log_level level, const char *text)
{
    const session_process *p = user;
    (void)about;
    MONITOR_SEND(p->monitor, line, .level = (uint32_t)level, .text = cleat_slice_of(text));
    monitor_link_drain(p->monitor);
}

/* ---- items ---- */

static item *find(const session_process *p, uint32_t number)
{
    item *i = p->first;
    while (i && i->number != number)
        i = i->next;
    return i;
}

static item *add(session_process *p, uint32_t number)
{
    item *i = p->count < OPEN_MAX && !find(p, number) ? calloc(1, sizeof *i) : NULL;
    if (!i)
        return NULL;
    *i = (item){.next = p->first, .of = p, .number = number};
    p->first = i;
    p->count++;
    return i;
}

static void drop(item *i)
{
    item **at = &i->of->first;
    while (*at != i)
        at = &(*at)->next;
    *at = i->next;
    i->of->count--;
    task_free(i->task);
    dialling_cancel(i->dialling);
    awaiting_end(i->awaiting);
    awaiting_socket_end(i->socket);
    free(i);
}

/* ---- sessions ---- */

static void on_task_exit(void *user, const port_exit *how)
{
    const item *i = user;
    MONITOR_SEND(i->of->network, exited, .session = i->number, .status = how->status,
                 .signal = cleat_slice_of(how->signal ? how->signal : ""),
                 .core_dumped = how->core_dumped);
}

/* The monitor looks for itself whether that is so. */
static void on_terminal(void *user, const char *name, bool open)
{
    static const char devices[] = "/dev/";
    const item *i = user;
    bool below = strncmp(name, devices, sizeof devices - 1) == 0;
    MONITOR_SEND(i->of->monitor, terminal, .open = open,
                 .line = cleat_slice_of(below ? name + sizeof devices - 1 : name));
}

/* A connection to the agent, or to a socket that the client has us listen at. */
static void on_socket(void *user, int fd)
{
    const item *i = user;
    const port_attached attached = {.fds = {fd, -1, -1}, .count = 1};
    MONITOR_SEND_WITH(i->of->network, &attached, arrived, .number = i->number);
}

static void pass_on(const item *i, cleat_stream *stream, bool x11)
{
    cleat_stream_ends ends;
    port_attached attached = {.fds = {port_socket_dup(cleat_stream_socket(stream)), -1, -1},
                              .count = 1};
    cleat_stream_get_ends(stream, &ends);
    cleat_stream_close(stream);
    if (attached.fds[0] >= 0)
        MONITOR_SEND_WITH(i->of->network, &attached, arrived, .number = i->number, .x11 = x11,
                          .origin = cleat_slice_of(ends.peer), .origin_port = ends.peer_port);
}

static void on_x11(void *user, cleat_stream *stream)
{
    pass_on(user, stream, true);
}

/* The network process counts as well. But it may have been taken over, or be a worker whose rules
 * are older than these. */
static bool may_open_session(const session_process *p)
{
    const uint64_t most = (uint64_t)rules_number(p->c->rules, "MaxSessions");
    size_t open = 0;
    for (const item *i = p->first; i; i = i->next)
        open += i->task != NULL;
    if (open >= most)
        log_about(p->c, CLEAT_LOG_INFO, "no session for %s: MaxSessions allows %llu", p->c->user,
                  (unsigned long long)most);
    return open < most;
}

/* Of a session that is refused every request is, too. */
static bool open_session(session_process *p, cleat_slice bytes)
{
    monitor_open_session m;
    item *i = monitor_decode_open_session(bytes, &m) == CLEAT_OK ? add(p, m.session) : NULL;
    if (!i)
        return false;
    i->is_session = true;
    if (!may_open_session(p))
        return true;
    const task_owner owner = {.user = i,
                              .number = i->number,
                              .on_exit = on_task_exit,
                              .on_terminal = on_terminal,
                              .on_agent = on_socket,
                              .on_x11 = on_x11};
    return task_new(&i->task, p->c, NULL, &owner) == CLEAT_OK;
}

static bool read_request(task_request *r, char **text, char **value, const monitor_request *m)
{
    *text = text_format("%.*s", (int)m->text.len, (const char *)m->text.data);
    *value = text_format("%.*s", (int)m->value.len, (const char *)m->value.data);
    *r = (task_request){.type = (cleat_request_type)m->type,
                        .text = *text,
                        .value = *value,
                        .size = {m->columns, m->rows, m->width_px, m->height_px},
                        .modes = m->modes,
                        .ms = m->ms,
                        .screen = m->screen,
                        .single = m->single};
    return *text && *value;
}

static bool do_request(session_process *p, cleat_slice bytes)
{
    monitor_request m;
    task_request r;
    char *text = NULL, *value = NULL;
    port_stdio stdio;
    port_attached attached = {.fds = {-1, -1, -1}};
    const item *i = monitor_decode_request(bytes, &m) == CLEAT_OK ? find(p, m.session) : NULL;
    if (!i || !i->is_session)
        return false;
    bool done = i->task && read_request(&r, &text, &value, &m) && task_do(i->task, &r, &stdio);
    bool streams = done && stdio.in >= 0;
    if (streams)
        attached = (port_attached){.fds = {stdio.in, stdio.out, stdio.err},
                                   .count = stdio.err >= 0 ? 3 : 2};
    MONITOR_SEND_WITH(p->network, &attached, answer, .session = i->number, .done = done,
                      .streams = streams);
    free(text);
    free(value);
    return true;
}

static bool close_session(const session_process *p, cleat_slice bytes)
{
    monitor_close_session m;
    item *i = monitor_decode_close_session(bytes, &m) == CLEAT_OK ? find(p, m.session) : NULL;
    if (!i || !i->is_session)
        return false;
    drop(i);
    return true;
}

/* ---- forwardings ---- */

static void on_dialled(void *user, cleat_stream *stream, uint32_t reason, const char *text)
{
    item *i = user;
    port_attached attached = {.fds = {-1, -1, -1}};
    if (stream)
        attached.fds[0] = port_socket_dup(cleat_stream_socket(stream));
    bool done = attached.fds[0] >= 0;
    attached.count = done;
    MONITOR_SEND_WITH(i->of->network, &attached, dialled, .forward = i->number, .done = done,
                      .reason = reason, .text = cleat_slice_of(done ? "" : text));
    cleat_stream_close(stream);
    i->dialling = NULL;
    drop(i);
}

static bool dial(session_process *p, cleat_slice bytes)
{
    monitor_dial m;
    item *i = monitor_decode_dial(bytes, &m) == CLEAT_OK ? add(p, m.forward) : NULL;
    if (!i || m.port > UINT16_MAX)
        return false;
    char *host = text_format("%.*s", (int)m.host.len, (const char *)m.host.data);
    char *origin = text_format("%.*s", (int)m.origin.len, (const char *)m.origin.data);
    const dialling_to to = {host, origin, (uint16_t)m.port, (uint16_t)m.origin_port};
    dialling *d = NULL;
    if (host && origin)
        dialling_start(&d, p->c, &to, on_dialled, i);
    else
        on_dialled(i, NULL, CLEAT_OPEN_SHORTAGE, "out of memory");
    if (d)
        i->dialling = d;
    free(host);
    free(origin);
    return true;
}

static bool dial_socket(const session_process *p, cleat_slice bytes)
{
    monitor_dial_socket m;
    uint32_t reason = CLEAT_OPEN_SHORTAGE;
    cleat_error error = {.text = "out of memory"};
    port_attached attached = {.fds = {-1, -1, -1}};
    if (monitor_decode_dial_socket(bytes, &m) != CLEAT_OK)
        return false;
    char *path = text_format("%.*s", (int)m.path.len, (const char *)m.path.data);
    if (path)
        attached.fds[0] = dialling_socket(p->c, path, &reason, &error);
    bool done = attached.fds[0] >= 0;
    attached.count = done;
    MONITOR_SEND_WITH(p->network, &attached, dialled, .forward = m.forward, .done = done,
                      .reason = reason, .text = cleat_slice_of(done ? "" : error.text));
    free(path);
    return true;
}

static void on_arrived(void *user, cleat_stream *stream)
{
    pass_on(user, stream, false);
}

static bool await(session_process *p, cleat_slice bytes)
{
    monitor_await m;
    item *i = monitor_decode_await(bytes, &m) == CLEAT_OK ? add(p, m.forward) : NULL;
    if (!i || m.port > UINT16_MAX)
        return false;
    uint16_t port = (uint16_t)m.port;
    char *host = text_format("%.*s", (int)m.host.len, (const char *)m.host.data);
    bool done = host && awaiting_start(&i->awaiting, p->c, host, &port, on_arrived, i);
    free(host);
    MONITOR_SEND(p->network, awaited, .forward = i->number, .done = done, .port = port);
    if (!done)
        drop(i);
    return true;
}

static bool await_socket(session_process *p, cleat_slice bytes)
{
    monitor_await_socket m;
    item *i = monitor_decode_await_socket(bytes, &m) == CLEAT_OK ? add(p, m.forward) : NULL;
    if (!i)
        return false;
    char *path = text_format("%.*s", (int)m.path.len, (const char *)m.path.data);
    if (path)
        i->socket = awaiting_socket_start(p->c, path, on_socket, i);
    free(path);
    bool done = i->socket != NULL;
    MONITOR_SEND(p->network, awaited, .forward = i->number, .done = done);
    if (!done)
        drop(i);
    return true;
}

/* It may have been answered at the same moment. */
static bool cancel(const session_process *p, cleat_slice bytes)
{
    monitor_cancel m;
    if (monitor_decode_cancel(bytes, &m) != CLEAT_OK)
        return false;
    item *i = find(p, m.forward);
    if (i && !i->is_session)
        drop(i);
    return true;
}

/* ---- messages ---- */

static bool on_message(void *user, cleat_slice bytes, port_attached *attached)
{
    session_process *p = user;
    if (attached->count)
        return false;
    switch (monitor_number(bytes)) {
    case MONITOR_open_session:
        return open_session(p, bytes);
    case MONITOR_request:
        return do_request(p, bytes);
    case MONITOR_close_session:
        return close_session(p, bytes);
    case MONITOR_dial:
        return dial(p, bytes);
    case MONITOR_dial_socket:
        return dial_socket(p, bytes);
    case MONITOR_cancel:
        return cancel(p, bytes);
    case MONITOR_await:
        return await(p, bytes);
    case MONITOR_await_socket:
        return await_socket(p, bytes);
    default:
        return false;
    }
}

/* The client has gone: what runs is told so. The loop ends when that is done. */
static void on_network_end(void *user, const cleat_error *why)
{
    session_process *p = user;
    if (why->status != CLEAT_E_CLOSED)
        log_about(p->c, CLEAT_LOG_ERROR, "the network process: %s", why->text);
    for (item *i = p->first, *next; i; i = next) {
        next = i->next;
        drop(i);
    }
    monitor_link_close(p->network);
    p->network = NULL;
}

static bool on_monitor_message(void *user, cleat_slice bytes, port_attached *attached)
{
    (void)user, (void)bytes, (void)attached;
    return false;
}

static void on_monitor_end(void *user, const cleat_error *why)
{
    (void)user, (void)why;
    port_part_exit(1);
}

/* ---- the beginning ---- */

/* ChrootDirectory for this user; *root NULL: none. */
static cleat_status find_root(char **root, const connection *c, cleat_error *error)
{
    const port_user *user = c->account->user;
    const cleat_config_token tokens[] = {{'h', user->home}, {'u', user->name}, {'U', user->id}};
    const char *wanted = rules_text(c->rules, "ChrootDirectory");
    *root = NULL;
    if (!wanted)
        return CLEAT_OK;
    return cleat_config_expand(root, NULL, wanted, "hUu", tokens, 3, NULL, NULL, error);
}

/* While the descriptors are as libuv knows them, which it must when a process splits. */
static cleat_status prepare(connection *c, char **root, cleat_error *error)
{
    cleat_status st = find_root(root, c, error);
    c->shut_in = *root != NULL;
    if (st == CLEAT_OK && c->shut_in && task_may_have_terminal(c))
        st = port_terminals_start(&c->terminals, c->account->user, error);
    return st;
}

static cleat_status begin(session_process *p, int network, int monitor, const char *root,
                          cleat_error *error)
{
    const monitor_link_owner of_network = {p, on_message, on_network_end, NULL};
    const monitor_link_owner of_monitor = {p, on_monitor_message, on_monitor_end, NULL};
    uv_loop_t *loop = p->c->server->loop;
    cleat_status st = monitor_link_new(&p->monitor, loop, monitor, &of_monitor);
    if (st == CLEAT_OK) {
        log_send_to(log_far, p);
        audit_send_to(p->monitor);
    }
    if (st == CLEAT_OK)
        st = monitor_link_new(&p->network, loop, network, &of_network);
    if (st != CLEAT_OK)
        return st;
    monitor_link_unref(p->monitor);
    return port_user_become(p->c->account->user, root, error);
}

_Noreturn static void give_up(const connection *c, const cleat_error *error)
{
    log_about(c, CLEAT_LOG_ERROR, "no session for %s: %s", c->user, error->text);
    port_part_exit(1);
}

_Noreturn void session_process_main(connection *c, int network, int monitor)
{
    static session_process p;
    uv_loop_t loop;
    cleat_error error = {0};
    char *root = NULL;
    port_part_name("cleatd-session", c->user);
    port_part_many_descriptors(false);
    if (prepare(c, &root, &error) != CLEAT_OK)
        give_up(c, &error);
    const int kept[] = {network, monitor, c->terminals};
    port_part_keep_only(kept, 3);
    p.c = c;
    c->part = &p;
    part_take_loop(c->server, &loop);
    cleat_status st = port_part_quiet(c->server->arguments->debug > 0, &error);
    if (st == CLEAT_OK)
        st = begin(&p, network, monitor, root, &error);
    free(root);
    if (st != CLEAT_OK)
        give_up(c, &error);
    uv_run(&loop, UV_RUN_DEFAULT);
    port_part_exit(0);
}
