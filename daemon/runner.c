/* Sessions that this process runs itself. */
#include "arrival.h"
#include "awaiting.h"
#include "dialling.h"
#include "forward.h"
#include "session.h"

static void on_task_exit(void *user, const port_exit *how)
{
    session_exited(user, how);
}

static void on_agent(void *user, int fd)
{
    cleat_stream *stream;
    connection *c = session_connection(user);
    if (cleat_stream_open_fds(&stream, c->server->loop, fd, fd, NULL) == CLEAT_OK)
        agent_arrived(c, stream);
}

static void on_x11(void *user, cleat_stream *stream)
{
    cleat_stream_ends ends;
    cleat_stream_get_ends(stream, &ends);
    x11_arrived(session_connection(user), stream, ends.peer, ends.peer_port);
}

static bool open_session(session *s)
{
    static uint32_t sessions;
    task *t;
    const task_owner owner = {.user = s,
                              .number = ++sessions,
                              .on_exit = on_task_exit,
                              .on_agent = on_agent,
                              .on_x11 = on_x11};
    cleat_status st = task_new(&t, session_connection(s), session_channel(s), &owner);
    session_set_work(s, t);
    return st == CLEAT_OK;
}

static void request(session *s, const task_request *r)
{
    port_stdio stdio;
    task *t = session_work(s);
    bool done = t && task_do(t, r, &stdio);
    session_answer(s, done, done && stdio.in >= 0 ? &stdio : NULL);
}

static bool event(const session *s, const cleat_event *ev)
{
    const task *t = session_work(s);
    return t && task_channel_event(t, ev);
}

static void close_session(session *s)
{
    task_free(session_work(s));
}

static void on_dialled(void *user, cleat_stream *stream, uint32_t reason, const char *text)
{
    forward_dialled(user, stream, reason, text);
}

static void dial_socket(forward *f)
{
    uint32_t reason;
    cleat_error error;
    cleat_stream *stream = NULL;
    int fd = dialling_socket(f->c, f->path, &reason, &error);
    if (fd >= 0 && cleat_stream_open_fds(&stream, f->c->server->loop, fd, fd, &error) != CLEAT_OK)
        reason = CLEAT_OPEN_SHORTAGE;
    forward_dialled(f, stream, reason, error.text);
}

static void dial(forward *f)
{
    dialling *d;
    if (f->path) {
        dial_socket(f);
        return;
    }
    const dialling_to to = {f->host, f->origin, f->port, f->origin_port};
    dialling_start(&d, f->c, &to, on_dialled, f);
    if (d)
        f->work = d;
}

static void cancel(forward *f)
{
    dialling_cancel(f->work);
}

static void on_arrived(void *user, cleat_stream *stream)
{
    cleat_stream_ends ends;
    cleat_stream_get_ends(stream, &ends);
    listen_arrived(user, stream, ends.peer, ends.peer_port);
}

static void on_socket(void *user, int fd)
{
    const remote_port *l = user;
    cleat_stream *stream;
    if (cleat_stream_open_fds(&stream, l->c->server->loop, fd, fd, NULL) == CLEAT_OK)
        listen_arrived(l, stream, "", 0);
}

static void await(remote_port *l)
{
    awaiting *a;
    if (l->path) {
        l->work = awaiting_socket_start(l->c, l->path, on_socket, l);
        listen_answered(l, l->work != NULL, 0);
        return;
    }
    uint16_t port = l->port;
    bool done = awaiting_start(&a, l->c, l->host, &port, on_arrived, l);
    l->work = a;
    listen_answered(l, done, port);
}

static void forget(remote_port *l)
{
    if (l->path)
        awaiting_socket_end(l->work);
    else
        awaiting_end(l->work);
}

const runner runner_here = {open_session, request, event, close_session,
                            dial,         cancel,  await, forget};
