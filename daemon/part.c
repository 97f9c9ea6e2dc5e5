/* Processes that split off. */
#include "part.h"

void part_close(int fd)
{
    port_attached one = {.fds = {fd}, .count = 1};
    port_attached_close(&one);
}

/* Nothing of what is on the loop is touched: the memory of many clients would be copied for this
 * one. */
void part_leave_loop(server *s)
{
    uv_signal_t *const signals[] = {&s->on_term, &s->on_int, &s->on_hup};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        uv_signal_stop(signals[i]); /* they would go to the other process */
    part_close(uv_backend_fd(s->loop));
    listening_let_go(s->listening);
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

void part_forget_all(server *s)
{
    s->first = NULL;
    s->count = s->unauthenticated = 0;
}

void part_forget_others(connection *c)
{
    server *s = c->server;
    c->previous = c->next = NULL;
    s->first = c;
    s->count = 1;
    s->unauthenticated = !c->authenticated;
}
