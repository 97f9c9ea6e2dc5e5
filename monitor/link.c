/* A socket of messages on a loop. */
#include "link.h"

#include "../libcore/base/ct.h"

#include <stdlib.h>
#include <string.h>

/* Taken at a time: so that others on the loop have their turn, however fast one sends. */
enum { QUEUE_MAX = 4 << 20, TAKEN_MAX = 64 };

/* A message that waits for room. */
typedef struct waiting {
    struct waiting *next;
    monitor_packet packet;
    port_attached attached;
} waiting;

struct monitor_link {
    uv_poll_t poll;
    int fd;
    monitor_link_owner owner;
    waiting *first, **last;
    size_t queued;
    bool over, closed;
    bool broken; /* nothing can be sent; the owner is about to be told why */
    cleat_error why;
};

/* What has just come, on whichever link: it is dealt with before anything else does. */
static uint8_t space[MONITOR_MESSAGE_MAX];

/* ---- the end ---- */

static void drop(waiting *w)
{
    port_attached_close(&w->attached);
    monitor_packet_free(&w->packet);
    free(w);
}

static void on_closed(uv_handle_t *handle)
{
    monitor_link *l = handle->data;
    port_attached ours = {.fds = {l->fd}, .count = 1};
    port_attached_close(&ours);
    while (l->first) {
        waiting *w = l->first;
        l->first = w->next;
        drop(w);
    }
    free(l);
}

void monitor_link_close(monitor_link *l)
{
    if (!l || l->closed)
        return;
    l->closed = l->over = true;
    uv_close((uv_handle_t *)&l->poll, on_closed);
}

static void end(monitor_link *l, const cleat_error *why)
{
    if (l->over)
        return;
    l->over = true;
    uv_poll_stop(&l->poll);
    l->owner.on_end(l->owner.user, why);
}

/* ---- in and out ---- */

static void watch(monitor_link *l);

/* Whoever sends is in the midst of something that the owner may take apart when it is told of the
 * end. So that comes from the loop, once what the other process has said before is read. */
static void break_off(monitor_link *l, const cleat_error *why)
{
    if (l->over || l->broken)
        return;
    l->broken = true;
    l->why = *why;
    port_message_shut(l->fd);
    watch(l);
}

static void flush(monitor_link *l)
{
    cleat_error error = {0};
    while (l->first && !l->over && !l->broken) {
        waiting *w = l->first;
        const cleat_slice bytes = {w->packet.data, w->packet.len};
        cleat_status st = port_message_send(l->fd, bytes, &w->attached, &error);
        if (st == CLEAT_PENDING)
            break;
        if (st != CLEAT_OK) {
            break_off(l, &error);
            return;
        }
        l->first = w->next;
        if (!l->first)
            l->last = &l->first;
        l->queued -= bytes.len;
        drop(w);
    }
    watch(l);
}

/* What is not for this process stays in the socket. Nothing is received that has not been looked
 * at: it may come just after that. */
static bool is_wanted(monitor_link *l)
{
    uint8_t number;
    if (!l->owner.wants)
        return true;
    cleat_status st = port_message_peek(l->fd, &number);
    if (st == CLEAT_OK)
        return l->owner.wants(l->owner.user, number);
    return st != CLEAT_PENDING;
}

/* False: there is none now, or will be none. */
static bool receive_one(monitor_link *l)
{
    cleat_error error = {0};
    port_attached attached;
    size_t len;
    cleat_status st = port_message_receive(l->fd, space, sizeof space, &len, &attached, &error);
    if (st == CLEAT_PENDING)
        return false;
    bool good = st == CLEAT_OK &&
                l->owner.on_message(l->owner.user, (cleat_slice){space, len}, &attached);
    cl_wipe(space, len);
    port_attached_close(&attached);
    if (st == CLEAT_E_CLOSED && l->broken)
        error = l->why;
    if (st == CLEAT_OK && !good)
        error = (cleat_error){.status = CLEAT_E_PROTO, .text = "a message that may not come"};
    if (!good)
        end(l, &error);
    return good;
}

static void receive(monitor_link *l)
{
    unsigned taken = 0;
    while (taken < TAKEN_MAX && !l->over && is_wanted(l) && receive_one(l))
        taken++;
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    monitor_link *l = poll->data;
    const cleat_error broken = {.status = CLEAT_E_IO, .text = "the socket is broken"};
    if (status < 0)
        end(l, &broken);
    if (events & UV_WRITABLE)
        flush(l);
    if (events & UV_READABLE)
        receive(l);
}

static void watch(monitor_link *l)
{
    int events = UV_READABLE | (l->first && !l->broken ? UV_WRITABLE : 0);
    if (!l->over)
        uv_poll_start(&l->poll, events, on_ready);
}

void monitor_link_let_go(const monitor_link *l)
{
    port_attached theirs = {.fds = {l ? l->fd : -1}, .count = 1};
    port_attached_close(&theirs);
}

int monitor_link_release(monitor_link *l)
{
    int fd = port_socket_dup(l->fd);
    monitor_link_close(l);
    return fd;
}

bool monitor_link_is_flushed(const monitor_link *l)
{
    return !l || !l->first;
}

void monitor_link_drain(monitor_link *l)
{
    while (!monitor_link_is_flushed(l) && !l->over && !l->broken) {
        port_message_await_room(l->fd);
        flush(l);
    }
}

void monitor_link_unref(monitor_link *l)
{
    uv_unref((uv_handle_t *)&l->poll);
}

void monitor_link_break(monitor_link *l)
{
    const cleat_error error = {.status = CLEAT_E_NOMEM, .text = "a message cannot be made"};
    if (l)
        break_off(l, &error);
}

void monitor_link_send(monitor_link *l, monitor_packet *packet, const port_attached *attached)
{
    waiting *w = calloc(1, sizeof *w);
    if (w) {
        w->packet = *packet;
        *packet = (monitor_packet){0};
    }
    if (w && attached)
        w->attached = *attached;
    if (!w || !l || l->over || l->broken || l->queued + w->packet.len > QUEUE_MAX) {
        if (w)
            drop(w);
        monitor_packet_free(packet);
        monitor_link_break(l);
        return;
    }
    *l->last = w;
    l->last = &w->next;
    l->queued += w->packet.len;
    flush(l);
}

/* ---- the beginning ---- */

cleat_status monitor_link_new(monitor_link **out, uv_loop_t *loop, int fd,
                              const monitor_link_owner *owner)
{
    monitor_link *l = calloc(1, sizeof *l);
    port_attached given = {.fds = {fd}, .count = 1};
    *out = NULL;
    if (!l || uv_poll_init(loop, &l->poll, fd) != 0) {
        port_attached_close(&given);
        free(l);
        return CLEAT_E_NOMEM;
    }
    l->poll.data = l;
    l->fd = fd;
    l->owner = *owner;
    l->last = &l->first;
    watch(l);
    *out = l;
    return CLEAT_OK;
}
