/* Processes that split off. */
#include "part.h"

static void close_handle(uv_handle_t *handle, void *unused)
{
    (void)unused;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

/* What was on the loop belongs to nobody here: it is closed, and its memory stays. */
void part_leave_loop(server *s)
{
    if (uv_loop_fork(s->loop) != 0)
        port_part_exit(1);
    uv_walk(s->loop, close_handle, NULL);
    uv_run(s->loop, UV_RUN_DEFAULT);
    uv_loop_close(s->loop);
    s->loop = NULL;
    s->listening = NULL;
    s->pid_file = NULL;
}

void part_take_loop(server *s, uv_loop_t *own)
{
    if (uv_loop_init(own) != 0)
        port_part_exit(1);
    s->loop = own;
}

void part_forget_others(connection *c)
{
    server *s = c->server;
    c->previous = c->next = NULL;
    s->first = c;
    s->count = 1;
    s->unauthenticated = !c->authenticated;
}
