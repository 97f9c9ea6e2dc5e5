/* Processes that split off. */
#include "part.h"

#include "report.h"

void part_close(int fd)
{
    port_attached one = {.fds = {fd}, .count = 1};
    port_attached_close(&one);
}

/* Nothing of what is on the loop is touched: the memory of many clients would be copied for this
 * one. */
void part_leave_loop(server *s)
{
    uv_signal_t *const signals[] = {&s->on_term, &s->on_int, &s->on_hup, &s->on_succession};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        uv_signal_stop(signals[i]); /* they would go to the other process */
    part_close(uv_backend_fd(s->loop));
    listening_let_go(s->listening);
    report_let_go(s->report);
    s->report = NULL;
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

void part_reap(int64_t part, const char *what, const cleat_error *why)
{
    port_exit how;
    if (why->status != CLEAT_E_CLOSED)
        log_line(CLEAT_LOG_ERROR, "%s is stopped: %s", what, why->text);
    port_part_end(part, &how);
    if (how.signal && why->status == CLEAT_E_CLOSED)
        log_line(CLEAT_LOG_ERROR, "%s was ended by signal %s", what, how.signal);
}

cleat_status part_start(server *s, part_main run, int64_t *part, monitor_link **link,
                        const monitor_link_owner *owner, cleat_error *error)
{
    int pair[2];
    cleat_status st = port_message_pair(pair, error);
    if (st == CLEAT_OK)
        st = port_part_split(part, error);
    if (st != CLEAT_OK)
        return st;
    if (*part == 0) {
        part_leave_loop(s);
        part_forget_all(s);
        run(s, pair[1]);
        port_part_exit(1); /* it does not come back */
    }
    part_close(pair[1]);
    return monitor_link_new(link, s->loop, pair[0], owner);
}

/* libuv opens a file for its first stream, which it cannot do once this process is confined. */
static void open_first_stream(uv_loop_t *loop)
{
    static uv_pipe_t first;
    if (uv_pipe_init(loop, &first, 0) == 0)
        uv_close((uv_handle_t *)&first, NULL);
}

cleat_status part_confine(server *s, log_target lines, cleat_error *error)
{
    open_first_stream(s->loop);
    cleat_status st = port_part_quiet(s->arguments->debug > 0, error);
    log_send_to(lines, s);
    return st == CLEAT_OK ? port_confine_network("cleatd", s->empty_dir, error) : st;
}

_Noreturn void part_serve(server *s, int listener, const part_role *role)
{
    uv_loop_t loop;
    cleat_error error = {0};
    port_part_name(role->name, NULL);
    port_part_keep_only(&listener, 1);
    part_take_loop(s, &loop);
    cleat_status st = monitor_link_new(&s->listener, &loop, listener, role->listener);
    if (st == CLEAT_OK)
        st = part_confine(s, role->lines, &error);
    if (st != CLEAT_OK) {
        log_line(CLEAT_LOG_ERROR, "no %s: %s", role->what, error.text);
        port_part_exit(1);
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    port_part_exit(0);
}
