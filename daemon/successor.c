/* The program that takes this one's place, until it does. */
#include "successor.h"

#include "parts.h"
#include "report.h"

#include <stdlib.h>

typedef struct successor {
    server *server;
    int64_t process;
    uv_pipe_t ready; /* says a byte once it serves */
    char byte;
} successor;

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void forget(successor *n)
{
    n->server->successor = NULL;
    uv_close((uv_handle_t *)&n->ready, on_closed);
}

static void hand_over(const successor *n)
{
    server *s = n->server;
    log_line(CLEAT_LOG_INFO, "Process %lld serves from here on; this one waits for its clients.",
             (long long)n->process);
    port_service_hand_over(n->process);
    free(s->pid_file); /* it is the other's now */
    s->pid_file = NULL;
    report_stop(s, false); /* and so are these */
    server_drain(s);
}

/* As a shell says it of a program that it could not start. */
enum { STATUS_NOT_STARTED = 127 };

static void give_up(const successor *n)
{
    port_exit how;
    port_part_end(n->process, &how);
    if (how.signal)
        log_line(CLEAT_LOG_ERROR, "the new process has ended with signal %s; this one goes on",
                 how.signal);
    else if (how.status == STATUS_NOT_STARTED)
        log_line(CLEAT_LOG_ERROR, "the program's file is not there or cannot be run: put it back "
                                  "and signal again; this one goes on");
    else
        log_line(CLEAT_LOG_ERROR, "the new process has ended with an error, which it has logged; "
                                  "see there; this one goes on");
}

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    successor *n = handle->data;
    (void)suggested;
    *buf = uv_buf_init(&n->byte, 1);
}

static void on_ready(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    successor *next = stream->data;
    (void)buf;
    if (n == 0)
        return;
    uv_read_stop(stream);
    if (n < 0)
        give_up(next);
    else if (!next->server->draining)
        hand_over(next);
    forget(next);
}

static cleat_status await(successor *n, int ready, cleat_error *error)
{
    uv_pipe_init(n->server->loop, &n->ready, 0);
    n->ready.data = n;
    int e = uv_pipe_open(&n->ready, ready);
    if (!e)
        e = uv_read_start((uv_stream_t *)&n->ready, on_room, on_ready);
    if (!e)
        return CLEAT_OK;
    *error = (cleat_error){.status = CLEAT_E_IO};
    forget(n);
    return CLEAT_E_IO;
}

static cleat_status start(successor *n, cleat_error *error)
{
    int sockets[LISTENING_MAX + REPORT_SOCKETS_MAX];
    size_t count;
    int ready;
    char *places = listening_sockets(n->server->listening, sockets, &count);
    places = report_sockets(n->server->report, places, sockets, &count);
    cleat_status st = CLEAT_E_NOMEM;
    if (places)
        st = port_service_succeed(&n->process, &ready, sockets, count, places, error);
    free(places);
    if (st != CLEAT_OK) {
        free(n);
        return st;
    }
    n->server->successor = n;
    return await(n, ready, error);
}

void successor_start(server *s)
{
    cleat_error error = {0};
    if (s->draining || s->successor || !s->listening) {
        log_line(CLEAT_LOG_ERROR, "another process takes over, or has done so");
        return;
    }
    successor *n = calloc(1, sizeof *n);
    if (n)
        n->server = s;
    cleat_status st = n ? start(n, &error) : CLEAT_E_NOMEM;
    if (st != CLEAT_OK)
        log_line(CLEAT_LOG_ERROR, "%s; this process goes on",
                 error.text[0] ? error.text : cleat_status_text(st));
}
