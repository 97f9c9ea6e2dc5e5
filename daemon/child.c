/* What the listener keeps of a client in system mode, and how the processes for it split off. */
#include "child.h"

#include "admission.h"
#include "text.h"

#include <signal.h>
#include <stdlib.h>

/* ---- what splits off ---- */

void child_let_go_of_all(const server *s)
{
    for (const connection *c = s->first; c; c = c->next) {
        const child *theirs = c->part;
        if (theirs && theirs->link)
            monitor_link_let_go(theirs->link);
    }
    workers_let_go(s->workers);
}

void monitor_tell_failure(const connection *c, const cleat_error *error)
{
    log_about(c, CLEAT_LOG_ERROR, "no connection for %s port %u: %s", c->ends.peer,
              (unsigned)c->ends.peer_port, error->text);
}

/* In the new process. */
static void settle(connection *c)
{
    part_leave_loop(c->server);
    child_let_go_of_all(c->server);
    if (c->stream)
        part_close((int)cleat_stream_socket(c->stream));
    part_forget_others(c);
}

/* ---- messages ---- */

static bool on_state(void *user, cleat_slice bytes, port_attached *attached)
{
    connection *c = user;
    child *ours = c->part;
    monitor_state state;
    if (attached->count || monitor_decode_state(bytes, &state) != CLEAT_OK)
        return false;
    if (state.authenticated && !c->authenticated)
        c->server->unauthenticated--;
    c->authenticated = c->authenticated || state.authenticated;
    c->known = state.known;
    c->refused = state.refused;
    if (!c->user && state.user.len)
        c->user = text_format("%.*s", (int)state.user.len, (const char *)state.user.data);
    ours->status = (cleat_status) - (int64_t)state.status;
    return true;
}

static void on_child_end(void *user, const cleat_error *why)
{
    connection *c = user;
    child *ours = c->part;
    port_exit how;
    port_part_wait(ours->part, why->status != CLEAT_E_CLOSED, &how);
    if (how.signal)
        log_about(c, CLEAT_LOG_ERROR,
                  "the monitor of the connection from %s port %u was ended by "
                  "signal %s",
                  c->ends.peer, (unsigned)c->ends.peer_port, how.signal);
    child_end(c, ours->status);
}

void child_end(connection *c, cleat_status why)
{
    child *ours = c->part;
    admission_note_end(c, why);
    monitor_link_close(ours->link);
    worker_drop(ours->worker);
    free(ours);
    c->part = NULL;
    connection_free(c);
}

/* ---- starts ---- */

static cleat_status keep(connection *c, int fd)
{
    child *ours = c->part;
    const monitor_link_owner owner = {c, on_state, on_child_end, NULL};
    return monitor_link_new(&ours->link, c->server->loop, fd, &owner);
}

static cleat_status start_own(connection *c, cleat_error *error)
{
    int pair[2];
    child *ours = c->part;
    int socket = port_socket_dup(cleat_stream_socket(c->stream));
    cleat_status st = socket < 0 ? CLEAT_E_IO : port_message_pair(pair, error);
    if (st == CLEAT_OK)
        st = port_part_split(&ours->part, error);
    if (st == CLEAT_OK && ours->part == 0) {
        part_close(pair[0]);
        settle(c);
        monitor_main(c, socket, pair[1]);
    }
    part_close(socket);
    if (st != CLEAT_OK)
        return st;
    part_close(pair[1]);
    return keep(c, pair[0]);
}

cleat_status child_take_over(connection *c, int network, const monitor_exchange *exchange,
                             cleat_error *error)
{
    int pair[2];
    child *ours = c->part;
    cleat_status st = port_message_pair(pair, error);
    if (st == CLEAT_OK)
        st = port_part_split(&ours->part, error);
    if (st != CLEAT_OK)
        return st;
    if (ours->part == 0) {
        part_close(pair[0]);
        settle(c);
        monitor_take_over(c, network, exchange, pair[1]);
    }
    part_close(pair[1]);
    return keep(c, pair[0]);
}

void monitor_start(connection *c)
{
    cleat_error error = {0};
    bool shared = c->server->workers != NULL;
    child *ours = calloc(1, sizeof *ours);
    c->part = ours;
    cleat_status st = !ours    ? CLEAT_E_NOMEM
                      : shared ? workers_take(c->server->workers, c, &error)
                               : start_own(c, &error);
    if (st == CLEAT_OK) {
        cleat_stream_close(c->stream);
        c->stream = NULL;
        return;
    }
    monitor_tell_failure(c, &error);
    free(ours);
    c->part = NULL;
    connection_free(c);
}

void monitor_stop(const connection *c)
{
    const child *ours = c->part;
    if (ours->part)
        uv_kill((int)ours->part, SIGTERM);
}
