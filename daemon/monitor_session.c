/* The session process of a connection. Who is logged in and wants nothing costs none: the network
 * process gets its end of a socket at once, and the process is split off when something comes
 * through it, which nobody reads before. */
#include "monitor_int.h"

#include "audit.h"
#include "session_process.h"

/* All of them: each file that is copied may be logged. */
static bool take_line(const monitor *m, cleat_slice bytes)
{
    monitor_line line;
    if (monitor_decode_line(bytes, &line) != CLEAT_OK)
        return false;
    log_relay(m->c->id, m->c->rules, line.level, line.text);
    return true;
}

static bool on_message(void *user, cleat_slice bytes, port_attached *attached)
{
    monitor *m = user;
    if (attached->count)
        return false;
    switch (monitor_number(bytes)) {
    case MONITOR_terminal:
        return monitor_take_terminal(m, bytes);
    case MONITOR_act:
        return audit_take(m->c, bytes);
    default:
        return take_line(m, bytes);
    }
}

static void on_end(void *user, const cleat_error *why)
{
    monitor *m = user;
    port_exit how;
    (void)why;
    port_part_end(m->session_part, &how);
    monitor_tell_death(m, "session", &how);
    monitor_close_records(m);
    monitor_link_close(m->session);
    m->session = NULL;
    m->session_part = 0;
    monitor_finish_if_alone(m);
}

/* The host's keys are forgotten before, so that the user's process has never had them. */
static cleat_status split(monitor *m, int network, cleat_error *error)
{
    int pair[2];
    const monitor_link_owner owner = {m, on_message, on_end, NULL};
    monitor_forget_keys();
    monitor_greet(m);
    cleat_status st = port_message_pair(pair, error);
    if (st != CLEAT_OK)
        return st;
    st = port_part_split(&m->session_part, error);
    if (st == CLEAT_OK && m->session_part == 0) {
        part_leave_loop(m->c->server);
        session_process_main(m->c, network, pair[1]);
    }
    part_close(pair[1]);
    if (st == CLEAT_OK)
        return monitor_link_new(&m->session, m->c->server->loop, pair[0], &owner);
    m->session_part = 0;
    part_close(pair[0]);
    return st;
}

/* Without the process its socket is closed, and with that the connection ends. A network process
 * that has gone is seen at its own socket. */
static void on_asked(uv_poll_t *poll, int status, int events)
{
    monitor *m = poll->data;
    cleat_error error = {0};
    int network = m->offered;
    if (status == 0 && events & UV_DISCONNECT) {
        uv_poll_stop(poll);
        return;
    }
    uv_close((uv_handle_t *)poll, NULL);
    m->offered = -1;
    if (monitor_open_pam(m) && split(m, network, &error) != CLEAT_OK)
        log_about(m->c, CLEAT_LOG_ERROR, "%s", error.text);
    part_close(network);
}

void monitor_watch_offered(monitor *m)
{
    m->asked.data = m;
    if (uv_poll_init(m->c->server->loop, &m->asked, m->offered) != 0)
        port_part_exit(1);
    uv_poll_start(&m->asked, UV_READABLE | UV_DISCONNECT, on_asked);
}

cleat_status monitor_offer_session(monitor *m, int *network, cleat_error *error)
{
    int pair[2];
    cleat_status st = port_message_pair(pair, error);
    if (st != CLEAT_OK)
        return st;
    *network = pair[0];
    m->offered = pair[1];
    monitor_watch_offered(m);
    return CLEAT_OK;
}

void monitor_withdraw_session(monitor *m)
{
    if (m->offered < 0)
        return;
    uv_close((uv_handle_t *)&m->asked, NULL);
    part_close(m->offered);
    m->offered = -1;
}
