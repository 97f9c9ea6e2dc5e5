/* Sessions that this process runs itself. */
#include "dialling.h"
#include "forward.h"
#include "session.h"

static void on_task_exit(void *user, const port_exit *how)
{
    session_exited(user, how);
}

static bool open_session(session *s)
{
    task *t;
    const task_owner owner = {.user = s, .on_exit = on_task_exit};
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

static void dial(forward *f)
{
    dialling *d;
    const dialling_to to = {f->host, f->origin, f->port, f->origin_port};
    dialling_start(&d, f->c, &to, on_dialled, f);
    if (d)
        f->work = d;
}

static void cancel(forward *f)
{
    dialling_cancel(f->work);
}

const runner runner_here = {open_session, request, event, close_session, dial, cancel};
