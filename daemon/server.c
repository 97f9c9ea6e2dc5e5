/* The server at work: listening, signals, reading the configuration anew. */
#include "server.h"

#include "audit.h"
#include "child.h"
#include "monitor.h"
#include "peer_name.h"
#include "penalties.h"
#include "proxied.h"
#include "rehearsal.h"
#include "report.h"
#include "successor.h"
#include "text.h"
#include "worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Also to the terminal, where whoever started the server still is. */
static int complain(const server *s, const cleat_error *error, cleat_status st)
{
    const char *text = error->text[0] ? error->text : cleat_status_text(st);
    log_line(CLEAT_LOG_FATAL, "%s", text);
    if (!s->arguments->to_stderr)
        fprintf(stderr, "cleatd: %s\n", text);
    return 1;
}

static void on_accept(void *user, cleat_listener *l, cleat_stream *stream)
{
    (void)l;
    connection_start(user, stream);
}

/* ---- the end ---- */

static void close_signal(uv_signal_t *signal)
{
    if (!uv_is_closing((uv_handle_t *)signal))
        uv_close((uv_handle_t *)signal, NULL);
}

/* Before the place is free for another server, which may write the same file. */
static void remove_pid(server *s)
{
    uv_fs_t request;
    if (s->pid_file && uv_fs_unlink(NULL, &request, s->pid_file, NULL) < 0)
        log_line(CLEAT_LOG_ERROR, "cannot remove %s", s->pid_file);
    free(s->pid_file);
    s->pid_file = NULL;
}

void server_drain(server *s)
{
    s->draining = true;
    remove_pid(s);
    listening_free(s->listening);
    s->listening = NULL;
    if (s->workers)
        workers_retire(s->workers);
    if (s->count || proxied_has_any(s))
        return;
    proxied_stop(s);
    close_signal(&s->on_term);
    close_signal(&s->on_int);
    close_signal(&s->on_hup);
    close_signal(&s->on_succession);
}

static void stop_accepting(server *s)
{
    port_service_notify(PORT_SERVICE_STOPPING);
    proxied_stop(s);
    server_drain(s);
}

static void send_clients_away(server *s)
{
    s->closing = true;
    proxied_stop(s);
    if (s->workers)
        workers_stop(s->workers);
    for (connection *c = s->first, *next; c; c = next) {
        next = c->next;
        if (c->part)
            monitor_stop(c);
        else if (c->uv)
            cleat_uv_close(c->uv);
        else if (c->naming)
            peer_name_cancel(c->naming);
    }
    server_drain(s);
}

/* In system mode each client has processes of its own, which need nobody here: whoever restarts the
 * service need not wait for them. Workers' clients that rest do. */
static bool leaves_clients(const server *s)
{
    return s->arguments->system && !s->workers;
}

static void leave_clients(server *s)
{
    for (connection *c = s->first, *next; c; c = next) {
        next = c->next;
        if (c->part)
            child_leave(c);
    }
}

/* The first signal stops accepting and lets clients finish; the second sends them away. */
static void on_stop(uv_signal_t *signal, int number)
{
    server *s = signal->data;
    log_line(CLEAT_LOG_INFO, "Received signal %d; %s.", number,
             s->draining         ? "closing connections"
             : leaves_clients(s) ? "terminating"
                                 : "terminating when clients are done");
    if (leaves_clients(s))
        leave_clients(s);
    if (s->draining)
        send_clients_away(s);
    else
        stop_accepting(s);
}

/* There is no time for clients to finish in. */
static void on_console_closed(uv_signal_t *signal, int number)
{
    server *s = signal->data;
    (void)number;
    log_line(CLEAT_LOG_INFO, "The console is closed; closing connections and terminating.");
    if (!s->draining)
        stop_accepting(s);
    send_clients_away(s);
}

/* ---- reading anew ---- */

static cleat_status prepare_sockets(server *s, const rules *r, cleat_error *error)
{
    cleat_status st = listening_prepare(s->listening, r, error);
    if (st != CLEAT_OK)
        return st;
    st = report_prepare(s, r, error);
    if (st != CLEAT_OK)
        listening_cancel(s->listening);
    return st;
}

static void cancel_sockets(const server *s)
{
    listening_cancel(s->listening);
    report_cancel(s);
}

static void commit_sockets(const server *s, const rules *r)
{
    listening_commit(s->listening, r);
    report_commit(s);
}

/* Everything that may fail; it leaves what is in force as it was, and is for commit_setup. The log
 * is the last, as it cannot be taken back. */
static cleat_status prepare_setup(server *s, const setup *fresh, cleat_error *error)
{
    cleat_status st = s->listening ? prepare_sockets(s, fresh->rules, error) : CLEAT_OK;
    if (st != CLEAT_OK)
        return st;
    st = audit_check(fresh->rules, error);
    if (st == CLEAT_OK)
        st = log_open(s->arguments, fresh->rules, error);
    if (st != CLEAT_OK && s->listening)
        cancel_sockets(s);
    return st;
}

static void commit_setup(server *s, setup *fresh)
{
    setup_unref(s->setup);
    s->setup = fresh;
    if (s->listening)
        commit_sockets(s, fresh->rules);
    if (s->arguments->system)
        monitor_prepare_pam(fresh->rules);
    if (s->workers)
        workers_retire(s->workers); /* they have the old one */
}

static cleat_status reload(server *s, cleat_error *error)
{
    setup *fresh;
    cleat_status st = setup_new(&fresh, s, error);
    if (st == CLEAT_OK)
        st = prepare_setup(s, fresh, error);
    if (st == CLEAT_OK)
        commit_setup(s, fresh);
    else
        setup_unref(fresh);
    return st;
}

static void on_reload(uv_signal_t *signal, int number)
{
    server *s = signal->data;
    cleat_error error = {0};
    (void)number;
    log_line(CLEAT_LOG_INFO, "Received SIGHUP; reading the configuration anew.");
    port_service_notify(PORT_SERVICE_RELOADING);
    cleat_status st = reload(s, &error);
    if (st == CLEAT_OK)
        log_line(CLEAT_LOG_INFO, "The new configuration is in force.");
    else
        log_line(CLEAT_LOG_ERROR, "%s; the old configuration stays in force.",
                 error.text[0] ? error.text : cleat_status_text(st));
    if (port_service_ready(true, &error) != CLEAT_OK)
        log_line(CLEAT_LOG_ERROR, "%s", error.text);
}

static void on_succession(uv_signal_t *signal, int number)
{
    server *s = signal->data;
    log_line(CLEAT_LOG_INFO, "Received signal %d; starting this program anew.", number);
    successor_start(s);
}

/* ---- the start ---- */

static void watch(server *s, uv_signal_t *signal, uv_signal_cb on_signal, int number)
{
    uv_signal_init(s->loop, signal);
    signal->data = s;
    if (number)
        uv_signal_start(signal, on_signal, number);
}

static void on_alive(uv_timer_t *timer)
{
    (void)timer;
    port_service_notify(PORT_SERVICE_ALIVE);
}

/* From the loop, so that a server that hangs is silent. Keeps nobody from ending. */
static void tell_of_life(server *s)
{
    unsigned ms = port_service_watchdog();
    uv_timer_init(s->loop, &s->alive);
    uv_unref((uv_handle_t *)&s->alive);
    if (ms)
        uv_timer_start(&s->alive, on_alive, 0, ms);
}

static cleat_status serve_stdio(server *s, cleat_error *error)
{
    cleat_stream *stream;
    cleat_status st = cleat_stream_open_fds(&stream, s->loop, 0, 1, error);
    if (st == CLEAT_OK)
        connection_start(s, stream);
    return st;
}

static cleat_status serve_listeners(server *s, cleat_error *error)
{
    cleat_status st = listening_new(&s->listening, s->loop, on_accept, s, error);
    if (st == CLEAT_OK)
        st = report_take_over(s, error);
    if (st == CLEAT_OK)
        st = prepare_sockets(s, s->setup->rules, error);
    if (st == CLEAT_OK)
        commit_sockets(s, s->setup->rules);
    return st;
}

static void write_pid(server *s)
{
    const char *path = rules_text(s->setup->rules, "PidFile");
    char *text = path ? text_format("%d\n", (int)uv_os_getpid()) : NULL;
    cleat_error error = {0};
    if (!text)
        return;
    if (port_file_write(path, cleat_slice_of(text), PORT_ACCESS_PUBLIC, &error) == CLEAT_OK)
        s->pid_file = text_format("%s", path);
    else
        log_line(CLEAT_LOG_ERROR, "%s", error.text);
    free(text);
}

static cleat_status begin(server *s, cleat_error *error)
{
    bool on_stdio = s->arguments->on_stdio;
    cleat_status st = on_stdio ? serve_stdio(s, error) : serve_listeners(s, error);
    if (st == CLEAT_OK && !on_stdio)
        write_pid(s); /* before anyone is told that the server is ready */
    return st == CLEAT_OK ? port_service_ready(false, error) : st;
}

/* A single client has processes of its own. */
static bool is_shared(const server *s)
{
    return s->arguments->system && !s->arguments->one_only &&
           rules_number(s->setup->rules, "ConnectionIsolation") == 1;
}

int server_run(server *s)
{
    cleat_error error = {0};
    uv_loop_t loop;
    if (uv_loop_init(&loop) != 0)
        return 1;
    s->loop = &loop;
    s->process = (uint64_t)uv_os_getpid();
    s->penalties = penalties_new();
    if (!s->penalties)
        return 1;
    if (s->arguments->system) {
        rehearse(s->ctx);
        monitor_prepare_pam(s->setup->rules);
    }
    if (is_shared(s) && !(s->workers = workers_new(s)))
        return 1;
    watch(s, &s->on_term, on_stop, SIGTERM);
    watch(s, &s->on_int, on_stop, SIGINT);
    watch(s, &s->on_hup, port_service_hangup_reloads() ? on_reload : on_console_closed, SIGHUP);
    watch(s, &s->on_succession, on_succession, port_service_succession_signal());
    tell_of_life(s);
    cleat_status st = begin(s, &error);
    int status = st == CLEAT_OK ? 0 : complain(s, &error, st);
    if (st != CLEAT_OK)
        server_drain(s);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_close((uv_handle_t *)&s->alive, NULL);
    /* What could not take another's place leaves that one's files alone. */
    report_stop(s, st == CLEAT_OK || !port_service_inherited());
    workers_free(s->workers);
    uv_run(&loop, UV_RUN_DEFAULT);
    penalties_free(s->penalties);
    uv_loop_close(&loop);
    return status;
}
