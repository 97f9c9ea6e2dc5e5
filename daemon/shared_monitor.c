/* The monitor beside a worker. It has the host's keys, so nothing that may become a user's process
 * splits off here: once a client asks for a login, the socket to its network process goes to the
 * listener, which starts a monitor for that client alone. */
#include "shared_monitor.h"

#include "accepted.h"
#include "monitor_int.h"

#include <stdlib.h>

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void drop(monitor *m)
{
    connection_free(m->c);
    uv_close((uv_handle_t *)&m->grace, on_closed);
}

static void tell_gone(const connection *c, uint32_t status)
{
    MONITOR_SEND(c->server->listener, gone, .connection = c->id, .status = status);
}

/* The client has gone, or its network process broke the rules. */
static void on_end(void *user, const cleat_error *why)
{
    monitor *m = user;
    monitor_tell_fault(m, why);
    monitor_link_close(m->network);
    tell_gone(m->c, m->status);
    drop(m);
}

static void on_late(void *user)
{
    const cleat_error late = {.status = CLEAT_E_TIMEOUT, .text = "it does not end the login"};
    monitor *m = user;
    m->status = (uint32_t)-CLEAT_E_TIMEOUT;
    on_end(m, &late);
}

/* What asks for a login stays in the socket. */
static bool wants(void *user, uint8_t number)
{
    monitor *m = user;
    if (number != MONITOR_auth)
        return true;
    port_attached attached = {.fds = {monitor_link_release(m->network), -1, -1}, .count = 1};
    MONITOR_SEND_WITH(m->c->server->listener, &attached, hand_over, .connection = m->c->id,
                      .session_id = {m->exchange.session_id, m->exchange.session_id_len},
                      .host_key = (uint32_t)m->exchange.host_key);
    drop(m);
    return false;
}

/* A login is decided where no host key is. */
static bool on_network(void *user, cleat_slice bytes, port_attached *attached)
{
    return monitor_number(bytes) != MONITOR_auth && monitor_on_network(user, bytes, attached);
}

static void take(server *s, connection *c, int network)
{
    monitor *m = calloc(1, sizeof *m);
    const monitor_link_owner owner = {m, on_network, on_end, wants};
    if (!m)
        port_part_exit(1);
    m->c = c;
    c->part = m;
    m->offered = -1;
    monitor_watch_login(m, on_late);
    if (monitor_link_new(&m->network, s->loop, network, &owner) != CLEAT_OK)
        port_part_exit(1);
}

static bool on_message(void *user, cleat_slice bytes, port_attached *attached)
{
    server *s = user;
    if (monitor_number(bytes) == MONITOR_alive)
        return accepted_alive(s, bytes);
    if (monitor_number(bytes) == MONITOR_outlook)
        return accepted_outlook(s, bytes);
    connection *c = accepted_read(s, bytes);
    if (!c)
        return false;
    if (attached->count != 1) {
        monitor_tell_failure(c, &accepted_without_room);
        tell_gone(c, (uint32_t)-accepted_without_room.status);
        connection_free(c);
        return true;
    }
    attached->count = 0;
    take(s, c, attached->fds[0]);
    return true;
}

/* Nobody is left who could start a monitor. */
static void on_listener_end(void *user, const cleat_error *why)
{
    (void)user, (void)why;
    port_part_exit(0);
}

_Noreturn void shared_monitor_main(server *s, int listener)
{
    uv_loop_t loop;
    const monitor_link_owner owner = {s, on_message, on_listener_end, NULL};
    port_part_name("cleatd-keys", NULL);
    log_close();
    port_part_keep_only(&listener, 1);
    if (log_open(s->arguments, s->setup->rules, NULL) != CLEAT_OK)
        port_part_exit(1);
    part_take_loop(s, &loop);
    if (monitor_link_new(&s->listener, &loop, listener, &owner) != CLEAT_OK)
        port_part_exit(1);
    uv_run(&loop, UV_RUN_DEFAULT);
    port_part_exit(0);
}
