/* What the listener keeps of a client that rests: two sockets, and what its next monitor needs. */
#include "resting.h"

#include <stdlib.h>
#include <string.h>

struct resting {
    connection *c;
    monitor_link *network; /* NULL: its last monitor has not gone yet */
    uv_poll_t asked;       /* on what that has offered */
    monitor_resting rest;
    cleat_status status; /* of the end */
};

static void on_closed(uv_handle_t *handle)
{
    resting *r = handle->data;
    part_close(r->rest.offered);
    free(r->rest.proofs.data);
    free(r);
}

void resting_free(resting *r)
{
    if (!r)
        return;
    part_close(r->rest.network);
    monitor_link_close(r->network);
    uv_close((uv_handle_t *)&r->asked, on_closed);
}

void resting_let_go(const resting *r)
{
    if (!r)
        return;
    if (r->network)
        monitor_link_let_go(r->network);
    part_close(r->rest.network);
    part_close(r->rest.offered);
}

/* A monitor takes over again. */
static void wake(resting *r)
{
    connection *c = r->c;
    child *ours = c->part;
    cleat_error error = {0};
    ours->resting = NULL;
    r->rest.network = monitor_link_release(r->network);
    r->network = NULL;
    cleat_status st = child_resume(c, &r->rest, &error);
    resting_free(r);
    if (st == CLEAT_OK)
        return;
    monitor_tell_failure(c, &error);
    child_end(c, CLEAT_E_CLOSED);
}

static void on_asked(uv_poll_t *poll, int status, int events)
{
    resting *r = poll->data;
    if (status == 0 && events & UV_DISCONNECT)
        uv_poll_stop(poll); /* the other socket says so, too */
    else
        wake(r);
}

/* That it ends, and what is said then, is no reason to wake anybody. */
static bool wants(void *user, uint8_t number)
{
    if (number == MONITOR_line || number == MONITOR_ended || number == MONITOR_traffic)
        return true;
    wake(user);
    return false;
}

static bool on_message(void *user, cleat_slice bytes, port_attached *attached)
{
    resting *r = user;
    monitor_line line;
    monitor_ended ended;
    if (attached->count)
        return false;
    if (monitor_decode_line(bytes, &line) == CLEAT_OK) {
        log_relay_limited(r->c->id, r->c->rules, line.level, line.text);
        return true;
    }
    if (monitor_number(bytes) == MONITOR_traffic)
        return true; /* a worker's goes to the listener itself */
    if (monitor_decode_ended(bytes, &ended) != CLEAT_OK)
        return false;
    r->status = (cleat_status) - (int64_t)ended.reason;
    return true;
}

static void on_end(void *user, const cleat_error *why)
{
    resting *r = user;
    (void)why;
    child_end(r->c, r->status);
}

static bool keep_rest(resting *r, cleat_slice bytes)
{
    monitor_rest m;
    if (monitor_decode_rest(bytes, &m) != CLEAT_OK ||
        !child_read_exchange(&r->rest.exchange, m.session_id, m.host_key))
        return false;
    r->rest.proofs.data = malloc(m.proofs.len + 1);
    if (!r->rest.proofs.data)
        return false;
    memcpy(r->rest.proofs.data, m.proofs.data, m.proofs.len);
    r->rest.proofs.len = m.proofs.len;
    return true;
}

bool resting_begin(resting *r)
{
    const monitor_link_owner owner = {r, on_message, on_end, wants};
    int network = r->rest.network;
    r->rest.network = -1;
    uv_poll_start(&r->asked, UV_READABLE | UV_DISCONNECT, on_asked);
    return monitor_link_new(&r->network, r->c->server->loop, network, &owner) == CLEAT_OK;
}

bool resting_take(connection *c, cleat_slice bytes, port_attached *attached)
{
    child *ours = c->part;
    resting *r = attached->count == 2 && !ours->resting ? calloc(1, sizeof *r) : NULL;
    if (!r || !keep_rest(r, bytes) ||
        uv_poll_init(c->server->loop, &r->asked, attached->fds[1]) != 0) {
        if (r)
            free(r->rest.proofs.data);
        free(r);
        return false;
    }
    r->c = c;
    r->asked.data = r;
    r->rest.network = attached->fds[0];
    r->rest.offered = attached->fds[1];
    attached->count = 0;
    ours->resting = r;
    return true;
}
