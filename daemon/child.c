/* What the listener keeps of a client in system mode, and how the processes for it split off. */
#include "child.h"

#include "admission.h"
#include "audit.h"
#include "proxied.h"
#include "resting.h"
#include "text.h"
#include "traffic.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* The monitor, and its network process before, have had LoginGraceTime and some seconds more. */
enum { GRACE_MORE_MS = 10000 };

/* ---- what splits off ---- */

void child_let_go_of_all(const server *s)
{
    for (const connection *c = s->first; c; c = c->next) {
        const child *theirs = c->part;
        if (theirs && theirs->link)
            monitor_link_let_go(theirs->link);
        if (theirs)
            resting_let_go(theirs->resting);
    }
    workers_let_go(s->workers);
    proxied_let_go(s->proxied);
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

static bool on_message(void *user, cleat_slice bytes, port_attached *attached)
{
    connection *c = user;
    child *ours = c->part;
    monitor_state state;
    if (monitor_number(bytes) == MONITOR_rest)
        return resting_take(c, bytes, attached);
    if (monitor_number(bytes) == MONITOR_traffic)
        return !attached->count && traffic_take(c, bytes);
    if (attached->count || monitor_decode_state(bytes, &state) != CLEAT_OK)
        return false;
    if (state.authenticated && !c->authenticated) {
        c->server->unauthenticated--;
        c->server->tally.logins++;
    }
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
    (void)why;
    port_part_end(ours->part, &how);
    if (how.signal)
        log_about(c, CLEAT_LOG_ERROR,
                  "the monitor of the connection from %s port %u was ended by "
                  "signal %s",
                  c->ends.peer, (unsigned)c->ends.peer_port, how.signal);
    monitor_link_close(ours->link);
    ours->link = NULL;
    ours->part = 0;
    if (!ours->resting || !resting_begin(ours->resting))
        child_end(c, ours->status);
}

bool child_read_exchange(monitor_exchange *exchange, cleat_slice session_id, uint32_t host_key)
{
    if (session_id.len > sizeof exchange->session_id || host_key >= SERVER_KEYS_MAX)
        return false;
    *exchange = (monitor_exchange){.session_id_len = session_id.len, .host_key = host_key};
    if (session_id.len)
        memcpy(exchange->session_id, session_id.data, session_id.len);
    return true;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void child_free(child *ours)
{
    uv_close((uv_handle_t *)&ours->patience, on_closed);
}

void child_leave(connection *c)
{
    child *ours = c->part;
    monitor_link_close(ours->link);
    resting_free(ours->resting);
    worker_drop(ours->worker);
    child_free(ours);
    c->part = NULL;
    connection_free(c);
}

void child_end(connection *c, cleat_status why)
{
    admission_note_end(c, why);
    audit_disconnect(c, why);
    child_leave(c);
}

/* ---- patience ---- */

/* What a monitor reads of a user's may be on a file system of his own that never answers; then the
 * monitor's own clock stands still, too, and its connection would count for MaxStartups for ever.
 */
static void on_impatient(uv_timer_t *timer)
{
    connection *c = ((child *)timer->data)->of;
    const child *ours = c->part;
    if (c->authenticated || !ours->part)
        return;
    log_about(c, CLEAT_LOG_ERROR,
              "the monitor of the connection from %s port %u stands still and is ended",
              c->ends.peer, (unsigned)c->ends.peer_port);
    uv_kill((int)ours->part, SIGKILL);
}

static void watch(connection *c)
{
    child *ours = c->part;
    uint64_t grace = (uint64_t)rules_number(c->rules, "LoginGraceTime") * 1000;
    if (grace)
        uv_timer_start(&ours->patience, on_impatient, grace + GRACE_MORE_MS, 0);
}

static child *child_new(connection *c)
{
    child *ours = calloc(1, sizeof *ours);
    if (!ours)
        return NULL;
    ours->of = c;
    uv_timer_init(c->server->loop, &ours->patience);
    uv_unref((uv_handle_t *)&ours->patience);
    ours->patience.data = ours;
    return ours;
}

/* ---- starts ---- */

static cleat_status keep(connection *c, int fd)
{
    child *ours = c->part;
    const monitor_link_owner owner = {c, on_message, on_child_end, NULL};
    return monitor_link_new(&ours->link, c->server->loop, fd, &owner);
}

/* Splits. *listener is where the new process, in which this is true, speaks to the listener. */
static bool split(connection *c, int *listener, cleat_status *status, cleat_error *error)
{
    int pair[2];
    child *ours = c->part;
    *status = port_message_pair(pair, error);
    if (*status != CLEAT_OK)
        return false;
    *status = port_part_split(&ours->part, error);
    if (*status == CLEAT_OK && ours->part == 0) {
        part_close(pair[0]);
        *listener = pair[1];
        return true;
    }
    part_close(pair[1]);
    if (*status == CLEAT_OK)
        *status = keep(c, pair[0]);
    else
        part_close(pair[0]);
    return false;
}

static cleat_status start_own(connection *c, cleat_error *error)
{
    int listener;
    cleat_status st;
    int socket = port_socket_dup(cleat_stream_socket(c->stream));
    if (socket < 0)
        return CLEAT_E_IO;
    if (split(c, &listener, &st, error)) {
        settle(c);
        monitor_main(c, socket, listener);
    }
    part_close(socket);
    return st;
}

cleat_status child_take_over(connection *c, int network, const monitor_exchange *exchange,
                             cleat_error *error)
{
    int listener;
    cleat_status st;
    if (split(c, &listener, &st, error)) {
        settle(c);
        monitor_take_over(c, network, exchange, listener);
    }
    return st;
}

/* What was decided is decided again. */
static void forget_decisions(connection *c)
{
    free(c->user);
    c->user = NULL;
    c->known = c->refused = c->authenticated = false;
    c->again = true;
}

cleat_status child_resume(connection *c, const monitor_resting *rest, cleat_error *error)
{
    int listener;
    cleat_status st;
    if (split(c, &listener, &st, error)) {
        settle(c);
        forget_decisions(c);
        monitor_resume(c, rest, listener);
    }
    return st;
}

void monitor_start(connection *c)
{
    cleat_error error = {0};
    bool shared = c->server->workers != NULL;
    child *ours = child_new(c);
    c->part = ours;
    cleat_status st = !ours    ? CLEAT_E_NOMEM
                      : shared ? workers_take(c->server->workers, c, &error)
                               : start_own(c, &error);
    if (st == CLEAT_OK) {
        cleat_stream_close(c->stream);
        c->stream = NULL;
        watch(c);
        return;
    }
    monitor_tell_failure(c, &error);
    if (ours)
        child_free(ours);
    c->part = NULL;
    connection_free(c);
}

void monitor_stop(const connection *c)
{
    const child *ours = c->part;
    if (ours->part)
        uv_kill((int)ours->part, SIGTERM);
}
