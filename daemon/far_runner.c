/* What a session needs, asked of the session process by messages. */
#include "far_runner.h"

#include "arrival.h"
#include "forward.h"
#include "part.h"
#include "text.h"

#include "../monitor/link.h"

#include <stdlib.h>

enum { OPEN_MAX = 2048 };

/* Sessions and forwardings have numbers, which are not used again while the other process may
 * still speak of them: they only grow. */
typedef struct entry {
    struct entry *next;
    uint32_t number;
    session *of_session; /* or: */
    forward *of_forward;
    remote_port *of_listen;
} entry;

/* A connection's session process. */
struct far_process {
    connection *c;
    monitor_link *link;
    entry *first;
    size_t count;
    uint32_t last;
};

static entry *add(far_process *f)
{
    entry *e = f && f->link && f->count < OPEN_MAX ? calloc(1, sizeof *e) : NULL;
    if (!e)
        return NULL;
    e->number = ++f->last;
    e->next = f->first;
    f->first = e;
    f->count++;
    return e;
}

static entry *find(const far_process *f, uint32_t number)
{
    entry *e = f->first;
    while (e && e->number != number)
        e = e->next;
    return e;
}

static void drop(far_process *f, entry *e)
{
    entry **at = &f->first;
    while (*at && *at != e)
        at = &(*at)->next;
    if (!*at)
        return;
    *at = e->next;
    f->count--;
    free(e);
}

/* ---- what is asked ---- */

static bool open_session(session *s)
{
    far_process *to = session_connection(s)->far_end;
    entry *e = add(to);
    session_set_work(s, e);
    if (!e)
        return false;
    e->of_session = s;
    MONITOR_SEND(to->link, open_session, .session = e->number);
    return true;
}

static void request(session *s, const task_request *r)
{
    const entry *e = session_work(s);
    if (!e) {
        session_answer(s, false, NULL);
        return;
    }
    MONITOR_SEND(session_connection(s)->far_end->link, request, .session = e->number,
                 .type = r->type, .text = text_or_none(r->text), .value = text_or_none(r->value),
                 .columns = r->size.columns, .rows = r->size.rows, .width_px = r->size.width_px,
                 .height_px = r->size.height_px, .modes = r->modes, .ms = r->ms,
                 .screen = r->screen, .single = r->single);
}

static bool event(const session *s, const cleat_event *ev)
{
    (void)s, (void)ev;
    return false;
}

static void close_session(session *s)
{
    entry *e = session_work(s);
    if (!e)
        return;
    far_process *to = session_connection(s)->far_end;
    MONITOR_SEND(to->link, close_session, .session = e->number);
    drop(to, e);
}

static void dial(forward *f)
{
    far_process *to = f->c->far_end;
    entry *e = add(to);
    f->work = e;
    if (!e) {
        forward_dialled(f, NULL, CLEAT_OPEN_SHORTAGE, "there are too many");
        return;
    }
    e->of_forward = f;
    if (f->path)
        MONITOR_SEND(to->link, dial_socket, .forward = e->number, .path = cleat_slice_of(f->path));
    else
        MONITOR_SEND(to->link, dial, .forward = e->number, .host = text_or_none(f->host),
                     .port = f->port, .origin = text_or_none(f->origin),
                     .origin_port = f->origin_port);
}

static void cancel(forward *f)
{
    entry *e = f->work;
    far_process *to = f->c->far_end;
    MONITOR_SEND(to->link, cancel, .forward = e->number);
    drop(to, e);
}

static void await(remote_port *l)
{
    far_process *to = l->c->far_end;
    entry *e = add(to);
    l->work = e;
    if (!e) {
        listen_answered(l, false, 0);
        return;
    }
    e->of_listen = l;
    if (l->path)
        MONITOR_SEND(to->link, await_socket, .forward = e->number, .path = cleat_slice_of(l->path));
    else
        MONITOR_SEND(to->link, await, .forward = e->number, .host = cleat_slice_of(l->host),
                     .port = l->port);
}

static void forget(remote_port *l)
{
    entry *e = l->work;
    far_process *to = l->c->far_end;
    if (!e || !to)
        return;
    MONITOR_SEND(to->link, cancel, .forward = e->number);
    drop(to, e);
}

const runner far_runner = {open_session, request, event, close_session,
                           dial,         cancel,  await, forget};

/* ---- what is answered ---- */

static bool take_answer(const far_process *of, cleat_slice bytes, port_attached *attached)
{
    monitor_answer m;
    if (monitor_decode_answer(bytes, &m) != CLEAT_OK)
        return false;
    const entry *e = find(of, m.session);
    const port_stdio stdio = {attached->fds[0], attached->fds[1], attached->fds[2]};
    bool streams = m.streams && attached->count >= 2;
    if (!e || !e->of_session)
        return true; /* it is closed already */
    if (streams)
        attached->count = 0;
    session_answer(e->of_session, m.done && streams == m.streams, streams ? &stdio : NULL);
    return true;
}

static bool take_exit(const far_process *of, cleat_slice bytes)
{
    monitor_exited m;
    if (monitor_decode_exited(bytes, &m) != CLEAT_OK)
        return false;
    const entry *e = find(of, m.session);
    char *signal = text_format("%.*s", (int)m.signal.len, (const char *)m.signal.data);
    const port_exit how = {.status = m.status,
                           .signal = signal && signal[0] ? signal : NULL,
                           .core_dumped = m.core_dumped};
    if (e && e->of_session)
        session_exited(e->of_session, &how);
    free(signal);
    return true;
}

static void connected(forward *f, int *fd)
{
    cleat_stream *stream;
    cleat_error error = {0};
    cleat_status st = cleat_stream_open_fds(&stream, f->c->server->loop, *fd, *fd, &error);
    if (st == CLEAT_OK)
        *fd = -1;
    forward_dialled(f, stream, CLEAT_OPEN_CONNECT_FAILED, error.text);
}

static bool take_dialled(far_process *of, cleat_slice bytes, port_attached *attached)
{
    monitor_dialled m;
    if (monitor_decode_dialled(bytes, &m) != CLEAT_OK)
        return false;
    entry *e = find(of, m.forward);
    if (!e || !e->of_forward)
        return true; /* it is not wanted any more */
    forward *f = e->of_forward;
    drop(of, e);
    if (m.done && attached->count == 1) {
        connected(f, &attached->fds[0]);
        return true;
    }
    char *text = text_format("%.*s", (int)m.text.len, (const char *)m.text.data);
    forward_dialled(f, NULL, m.done ? CLEAT_OPEN_SHORTAGE : m.reason, text ? text : "");
    free(text);
    return true;
}

static bool take_awaited(far_process *of, cleat_slice bytes)
{
    monitor_awaited m;
    if (monitor_decode_awaited(bytes, &m) != CLEAT_OK || m.port > UINT16_MAX)
        return false;
    entry *e = find(of, m.forward);
    remote_port *l = e ? e->of_listen : NULL;
    if (!l)
        return true; /* it is not wanted any more */
    if (!m.done)
        drop(of, e);
    listen_answered(l, m.done, (uint16_t)m.port);
    return true;
}

static bool take_arrival(const far_process *of, cleat_slice bytes, port_attached *attached)
{
    monitor_arrived m;
    cleat_stream *stream;
    if (monitor_decode_arrived(bytes, &m) != CLEAT_OK)
        return false;
    const entry *e = find(of, m.number);
    if (!e || (!e->of_listen && !e->of_session) || attached->count != 1)
        return true; /* it is not wanted any more, or there is no room for it */
    int fd = attached->fds[0];
    attached->count = 0;
    if (cleat_stream_open_fds(&stream, of->c->server->loop, fd, fd, NULL) != CLEAT_OK)
        return true;
    char *origin = text_format("%.*s", (int)m.origin.len, (const char *)m.origin.data);
    if (e->of_listen)
        listen_arrived(e->of_listen, stream, origin ? origin : "", (uint16_t)m.origin_port);
    else if (m.x11)
        x11_arrived(of->c, stream, origin ? origin : "", (uint16_t)m.origin_port);
    else
        agent_arrived(of->c, stream);
    free(origin);
    return true;
}

/* The other process is its user's: a file or another terminal would take system calls that end this
 * one, and with it everybody whose connection it carries. */
static bool are_streams(const port_attached *attached)
{
    for (size_t i = 0; i < attached->count; i++) {
        const int fd = attached->fds[i];
        const uv_handle_type type = uv_guess_handle(fd);
        if (type != UV_TCP && type != UV_NAMED_PIPE && !port_fd_is_pty_master(fd))
            return false;
    }
    return true;
}

static bool on_message(void *user, cleat_slice bytes, port_attached *attached)
{
    if (!are_streams(attached))
        return false;
    switch (monitor_number(bytes)) {
    case MONITOR_answer:
        return take_answer(user, bytes, attached);
    case MONITOR_exited:
        return take_exit(user, bytes);
    case MONITOR_dialled:
        return take_dialled(user, bytes, attached);
    case MONITOR_awaited:
        return take_awaited(user, bytes);
    case MONITOR_arrived:
        return take_arrival(user, bytes, attached);
    default:
        return false;
    }
}

/* Without the session process there is nobody who could do anything for the user. */
static void on_end(void *user, const cleat_error *why)
{
    far_process *f = user;
    log_about(f->c, CLEAT_LOG_ERROR, "the session process: %s", why->text);
    monitor_link_close(f->link);
    f->link = NULL;
    if (f->c->uv)
        cleat_uv_close(f->c->uv);
}

bool far_runner_start(connection *c, int *fd)
{
    int taken = *fd;
    *fd = -1;
    far_process *f = c->far_end ? NULL : calloc(1, sizeof *f);
    if (!f) {
        part_close(taken);
        return false;
    }
    f->c = c;
    c->far_end = f;
    const monitor_link_owner owner = {f, on_message, on_end, NULL};
    return monitor_link_new(&f->link, c->server->loop, taken, &owner) == CLEAT_OK;
}

void far_runner_stop(connection *c)
{
    far_process *f = c->far_end;
    c->far_end = NULL;
    if (!f)
        return;
    monitor_link_close(f->link);
    while (f->first)
        drop(f, f->first);
    free(f);
}
