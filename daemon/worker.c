/* Workers, as the listener sees them. */
#include "worker.h"

#include "accepted.h"
#include "child.h"
#include "network.h"
#include "shared_monitor.h"
#include "text.h"
#include "traffic.h"

#include <signal.h>
#include <stdlib.h>

/* How often they are asked whether they go on, and how many times in vain. A machine that is slow,
 * or stood still itself, is no reason to end anybody. */
enum { PULSE_MS = 5000, UNANSWERED_MAX = 6 };

/* One of a worker's two processes. */
typedef struct half {
    const char *what;
    monitor_link *link; /* NULL: it has gone */
    int64_t part;
    unsigned unanswered;
} half;

struct worker {
    worker *next;
    workers *of;
    half network, monitor;
    unsigned clients;
    bool retired;
    connection *found; /* the client that was looked for last; NULL: it has gone */
};

struct workers {
    server *server;
    worker *first;
    unsigned wanted;
    uv_timer_t pulse;
};

/* ---- whether they go on ---- */

static void feel(half *h)
{
    if (!h->link || h->unanswered > UNANSWERED_MAX)
        return; /* it has gone, or is about to */
    if (h->unanswered++ == UNANSWERED_MAX) {
        log_line(CLEAT_LOG_ERROR, "%s has not answered for %d seconds", h->what,
                 UNANSWERED_MAX * PULSE_MS / 1000);
        uv_kill((int)h->part, SIGKILL);
        return;
    }
    MONITOR_SEND(h->link, alive, .round = h->unanswered);
}

/* Nobody waits for one that has no clients. */
static void on_pulse(uv_timer_t *timer)
{
    const workers *all = timer->data;
    for (worker *w = all->first; w; w = w->next) {
        if (w->clients) {
            feel(&w->network);
            feel(&w->monitor);
        }
    }
}

static bool take_pulse(half *h, cleat_slice bytes)
{
    monitor_alive m;
    if (monitor_decode_alive(bytes, &m) != CLEAT_OK)
        return false;
    h->unanswered = 0;
    return true;
}

/* ---- all of them ---- */

workers *workers_new(server *s)
{
    workers *all = calloc(1, sizeof *all);
    if (!all || uv_timer_init(s->loop, &all->pulse) != 0) {
        free(all);
        return NULL;
    }
    all->server = s;
    all->wanted = uv_available_parallelism();
    all->pulse.data = all;
    uv_timer_start(&all->pulse, on_pulse, PULSE_MS, PULSE_MS);
    uv_unref((uv_handle_t *)&all->pulse);
    port_part_many_descriptors(true);
    return all;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void workers_free(workers *all)
{
    if (all)
        uv_close((uv_handle_t *)&all->pulse, on_closed);
}

/* ---- the end ---- */

/* Those that there are get no more clients. */
static void retire(worker *w)
{
    if (w->retired)
        return;
    w->retired = true;
    if (w->network.link)
        MONITOR_SEND(w->network.link, outlook, .more = false);
    if (w->monitor.link)
        MONITOR_SEND(w->monitor.link, outlook, .more = false);
}

static void free_if_gone(worker *w)
{
    worker **at = &w->of->first;
    if (w->network.link || w->monitor.link || w->clients)
        return;
    while (*at != w)
        at = &(*at)->next;
    *at = w->next;
    free(w);
}

void worker_drop(worker *w)
{
    if (!w)
        return;
    w->clients--;
    w->found = NULL;
    free_if_gone(w);
}

/* Its monitor, and those of its clients, see that for themselves. */
static void on_network_end(void *user, const cleat_error *why)
{
    worker *w = user;
    part_reap(w->network.part, w->network.what, why);
    monitor_link_close(w->network.link);
    w->network.link = NULL;
    retire(w);
    free_if_gone(w);
}

/* It has not begun to log in, which would have given it a monitor of its own. */
static bool is_with(const connection *c, const worker *w)
{
    const child *theirs = c->part;
    return theirs && theirs->worker == w && !theirs->link && !theirs->resting;
}

/* Whoever has not begun to log in has lost the only process that knew of it. */
static void end_unknown(const worker *w)
{
    for (connection *c = w->of->server->first, *next; c; c = next) {
        next = c->next;
        if (is_with(c, w))
            child_end(c, CLEAT_E_CLOSED);
    }
}

static void on_monitor_end(void *user, const cleat_error *why)
{
    worker *w = user;
    part_reap(w->monitor.part, w->monitor.what, why);
    monitor_link_close(w->monitor.link);
    w->monitor.link = NULL;
    retire(w);
    w->clients++; /* so that it stays until all is done */
    end_unknown(w);
    worker_drop(w);
}

void workers_retire(workers *all)
{
    for (worker *w = all->first; w; w = w->next)
        retire(w);
}

void workers_stop(const workers *all)
{
    for (const worker *w = all->first; w; w = w->next) {
        if (w->network.link)
            uv_kill((int)w->network.part, SIGTERM);
    }
}

void workers_let_go(const workers *all)
{
    for (const worker *w = all ? all->first : NULL; w; w = w->next) {
        if (w->network.link)
            monitor_link_let_go(w->network.link);
        if (w->monitor.link)
            monitor_link_let_go(w->monitor.link);
    }
}

/* ---- messages ---- */

static bool is_carried(const connection *c, const worker *w)
{
    const child *theirs = c->part;
    return theirs && theirs->worker == w;
}

/* Carried by the worker, or on its way to a monitor of its own; NULL: it is gone. A worker tells of
 * thousands one after the other, in the order of this list: so the search goes on from the last. */
static connection *carried(worker *w, uint64_t number)
{
    connection *first = w->of->server->first;
    connection *start = w->found ? w->found : first;
    connection *c = start;
    while (c && !(c->id == number && is_carried(c, w))) {
        c = c->next ? c->next : first;
        c = c == start ? NULL : c;
    }
    w->found = c;
    return c;
}

static connection *find(worker *w, uint64_t number)
{
    connection *c = carried(w, number);
    return c && is_with(c, w) ? c : NULL;
}

static bool take_over(worker *w, cleat_slice bytes, const port_attached *attached)
{
    monitor_hand_over m;
    monitor_exchange exchange;
    cleat_error error = {0};
    if (monitor_decode_hand_over(bytes, &m) != CLEAT_OK)
        return false;
    connection *c = find(w, m.connection);
    if (!c || !child_read_exchange(&exchange, m.session_id, m.host_key))
        return false;
    if (attached->count != 1)
        error = accepted_without_room; /* the listener's own */
    else if (child_take_over(c, attached->fds[0], &exchange, &error) == CLEAT_OK)
        return true;
    monitor_tell_failure(c, &error);
    child_end(c, CLEAT_E_CLOSED);
    return true;
}

static bool take_end(worker *w, cleat_slice bytes)
{
    monitor_gone m;
    if (monitor_decode_gone(bytes, &m) != CLEAT_OK)
        return false;
    connection *c = find(w, m.connection);
    if (c)
        child_end(c, (cleat_status) - (int64_t)m.status);
    return c != NULL;
}

static bool on_monitor_message(void *user, cleat_slice bytes, port_attached *attached)
{
    worker *w = user;
    switch (monitor_number(bytes)) {
    case MONITOR_hand_over:
        return take_over(w, bytes, attached);
    case MONITOR_gone:
        return !attached->count && take_end(w, bytes);
    case MONITOR_alive:
        return !attached->count && take_pulse(&w->monitor, bytes);
    default:
        return false;
    }
}

/* Of a connection that is gone it comes too late. */
static bool take_traffic(worker *w, cleat_slice bytes)
{
    monitor_traffic m;
    if (monitor_decode_traffic(bytes, &m) != CLEAT_OK)
        return false;
    connection *c = carried(w, m.connection);
    return !c || traffic_take(c, bytes);
}

void workers_ask(const workers *all)
{
    for (const worker *w = all->first; w; w = w->next) {
        if (w->network.link)
            MONITOR_SEND(w->network.link, ask_traffic, .round = 0);
    }
}

unsigned workers_count(const workers *all)
{
    unsigned count = 0;
    for (const worker *w = all->first; w; w = w->next)
        count += w->network.link != NULL;
    return count;
}

/* The worker is not to be believed, and says nothing but lines that are about no client, and
 * figures that nothing depends on. */
static bool on_network_message(void *user, cleat_slice bytes, port_attached *attached)
{
    monitor_line line;
    worker *w = user;
    if (monitor_number(bytes) == MONITOR_traffic)
        return !attached->count && take_traffic(w, bytes);
    if (monitor_number(bytes) == MONITOR_alive)
        return !attached->count && take_pulse(&w->network, bytes);
    if (attached->count || monitor_number(bytes) != MONITOR_line ||
        monitor_decode_line(bytes, &line) != CLEAT_OK)
        return false;
    log_relay_limited(0, w->of->server->setup->rules, line.level, line.text);
    return true;
}

/* ---- starts ---- */

static cleat_status start(workers *all, cleat_error *error)
{
    worker *w = calloc(1, sizeof *w);
    const monitor_link_owner of_monitor = {w, on_monitor_message, on_monitor_end, NULL};
    const monitor_link_owner of_network = {w, on_network_message, on_network_end, NULL};
    if (!w)
        return CLEAT_E_NOMEM;
    *w = (worker){.next = all->first,
                  .of = all,
                  .network = {.what = "a worker"},
                  .monitor = {.what = "a worker's monitor"}};
    all->first = w;
    cleat_status st = part_start(all->server, shared_monitor_main, &w->monitor.part,
                                 &w->monitor.link, &of_monitor, error);
    if (st == CLEAT_OK)
        st = part_start(all->server, network_worker_main, &w->network.part, &w->network.link,
                        &of_network, error);
    if (st != CLEAT_OK)
        retire(w);
    free_if_gone(w);
    return st;
}

/* As many as there shall be, and the one that has the fewest clients. */
static worker *choose(workers *all, cleat_error *error)
{
    unsigned count = 0;
    worker *best = NULL;
    for (worker *w = all->first; w; w = w->next) {
        if (w->retired)
            continue;
        count++;
        if (!best || w->clients < best->clients)
            best = w;
    }
    if (count >= all->wanted || (best && best->clients == 0))
        return best;
    return start(all, error) == CLEAT_OK ? all->first : best;
}

cleat_status workers_take(workers *all, connection *c, cleat_error *error)
{
    int pair[2];
    child *theirs = c->part;
    worker *w = choose(all, error);
    if (!w)
        return error->status;
    cleat_status st = port_message_pair(pair, error);
    if (st != CLEAT_OK)
        return st;
    int socket = port_socket_dup(cleat_stream_socket(c->stream));
    if (socket < 0) {
        port_attached_close(&(port_attached){.fds = {pair[0], pair[1], -1}, .count = 2});
        *error = accepted_without_room;
        return error->status;
    }
    theirs->worker = w;
    w->clients++;
    accepted_send(w->monitor.link, c->id, &c->ends,
                  &(port_attached){.fds = {pair[0], -1, -1}, .count = 1});
    accepted_send(w->network.link, c->id, &c->ends,
                  &(port_attached){.fds = {socket, pair[1], -1}, .count = 2});
    return CLEAT_OK;
}
