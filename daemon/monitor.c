/* The monitor's life: from the listener's connection to the network process and the session process
 * beside it. */
#include "monitor_int.h"

#include "audit.h"
#include "moduli.h"
#include "network.h"
#include "peer_name.h"
#include "text.h"
#include "traffic.h"

#include <signal.h>
#include <stdlib.h>

enum { GRACE_MORE_MS = 5000 }; /* the network process has ended it before */

static const char account_name[] = "cleatd";

cleat_status monitor_check(server *s, cleat_error *error)
{
    port_user *user;
    if (!port_is_privileged()) {
        *error = (cleat_error){.status = CLEAT_E_PERMISSION,
                               .text = "--system serves all users, which takes root's rights; "
                                       "without it cleatd serves the user that starts it"};
        return CLEAT_E_PERMISSION;
    }
    cleat_status st = port_user_lookup(&user, account_name, error);
    if (st == CLEAT_OK) {
        port_user_free(user);
        return port_confine_directory(&s->empty_dir, error);
    }
    char *why = text_format("--system needs a user %s for what talks to the network (adduser "
                            "--system --group --no-create-home %s)",
                            account_name, account_name);
    if (why && st == CLEAT_E_NO_SUCH)
        *error = (cleat_error){.status = st, .text = ""};
    for (size_t i = 0; why && why[i] && i + 1 < sizeof error->text; i++)
        error->text[i] = why[i];
    free(why);
    return st;
}

/* ---- the end ---- */

void monitor_tell_state(const monitor *m)
{
    const connection *c = m->c;
    MONITOR_SEND(m->listener, state, .authenticated = c->authenticated, .known = c->known,
                 .refused = c->refused, .user = cleat_slice_of(c->user ? c->user : ""),
                 .status = m->status);
}

void monitor_finish_if_alone(monitor *m)
{
    if (m->network || m->session_part)
        return;
    monitor_forget_keys();
    monitor_stop_dialogue(m);
    port_pam_end(m->pam);
    monitor_tell_state(m);
    if (!m->listener)
        audit_disconnect(m->c, (cleat_status) - (int64_t)m->status);
    port_part_exit(0);
}

void monitor_tell_death(const monitor *m, const char *what, const port_exit *how)
{
    if (how->signal)
        log_about(m->c, CLEAT_LOG_ERROR,
                  "the %s process of the connection from %s port %u was "
                  "ended by signal %s",
                  what, m->c->ends.peer, (unsigned)m->c->ends.peer_port, how->signal);
}

void monitor_tell_fault(const monitor *m, const cleat_error *why)
{
    if (why->status != CLEAT_E_CLOSED)
        log_about(m->c, CLEAT_LOG_ERROR,
                  "the network process of the connection from %s port %u is stopped: %s",
                  m->c->ends.peer, (unsigned)m->c->ends.peer_port, why->text);
}

static void on_network_end(void *user, const cleat_error *why)
{
    monitor *m = user;
    port_exit how;
    bool broke = why->status != CLEAT_E_CLOSED;
    monitor_tell_fault(m, why);
    if (m->network_part) {
        port_part_end(m->network_part, &how);
        if (!broke)
            monitor_tell_death(m, "network", &how);
    }
    monitor_link_close(m->network);
    m->network = NULL;
    uv_timer_stop(&m->grace);
    monitor_withdraw_session(m);
    monitor_finish_if_alone(m);
}

/* The client has not logged in, and the network process does not mind. */
static void on_late(void *user)
{
    monitor *m = user;
    const cleat_error late = {.status = CLEAT_E_TIMEOUT, .text = "it does not end the login"};
    m->status = (uint32_t)-CLEAT_E_TIMEOUT;
    on_network_end(m, &late);
}

/* ---- messages ---- */

static bool take_line(const monitor *m, cleat_slice bytes)
{
    monitor_line line;
    if (monitor_decode_line(bytes, &line) != CLEAT_OK)
        return false;
    log_relay_limited(m->c->id, m->c->rules, line.level, line.text);
    return true;
}

static bool take_end(monitor *m, cleat_slice bytes)
{
    monitor_ended ended;
    if (monitor_decode_ended(bytes, &ended) != CLEAT_OK)
        return false;
    m->status = ended.reason;
    return true;
}

/* Only figures that nothing depends on, and no more often than they are wanted: the listener has
 * others to serve. */
static bool hand_on_traffic(monitor *m, cleat_slice bytes)
{
    if (!m->traffic_due)
        return false;
    m->traffic_due--;
    return traffic_hand_on(m->c, bytes, m->listener);
}

static bool choose_group(monitor *m, cleat_slice bytes)
{
    monitor_group what;
    moduli_group group;
    if (monitor_decode_group(bytes, &what) != CLEAT_OK)
        return false;
    const moduli_sizes sizes = {what.least, what.preferred, what.most};
    bool found = moduli_pick(&group, rules_text(m->c->rules, "ModuliFile"), &sizes);
    MONITOR_SEND(m->network, group_is, .query = what.query,
                 .prime = found ? (cleat_slice){group.prime, group.len} : (cleat_slice){0},
                 .generator = found ? (uint32_t)group.generator : 0);
    return true;
}

bool monitor_on_network(void *user, cleat_slice bytes, port_attached *attached)
{
    monitor *m = user;
    uint8_t number = monitor_number(bytes);
    unsigned state = m->c->authenticated ? MONITOR_IN_SESSION : MONITOR_IN_LOGIN;
    if (attached->count || !monitor_allows(number, MONITOR_FROM_NETWORK, state))
        return false;
    switch (number) {
    case MONITOR_sign:
        return monitor_sign_message(m, bytes);
    case MONITOR_group:
        return choose_group(m, bytes);
    case MONITOR_auth:
        return monitor_auth_message(m, bytes);
    case MONITOR_ended:
        return take_end(m, bytes);
    case MONITOR_line:
        return take_line(m, bytes);
    case MONITOR_traffic:
        return hand_on_traffic(m, bytes);
    default:
        return false; /* the session process's */
    }
}

static bool on_listener_message(void *user, cleat_slice bytes, port_attached *attached)
{
    monitor *m = user;
    if (attached->count || monitor_number(bytes) != MONITOR_ask_traffic)
        return false;
    m->traffic_due++;
    if (m->network)
        MONITOR_SEND(m->network, ask_traffic, .round = 0);
    return true;
}

/* What has begun goes on without a listener. */
static void on_listener_end(void *user, const cleat_error *why)
{
    monitor *m = user;
    (void)why;
    monitor_link_close(m->listener);
    m->listener = NULL;
}

/* ---- the beginning ---- */

/* UseDNS: nobody else waits. */
static void name_client(connection *c)
{
    char *name = rules_flag(c->rules, "UseDNS") ? peer_name_now(c->ends.peer) : NULL;
    if (!name)
        return;
    free(c->host);
    c->host = name;
}

static void on_grace(uv_timer_t *timer)
{
    monitor *m = timer->data;
    m->on_late(m);
}

void monitor_watch_login(monitor *m, void (*on_late_)(void *monitor))
{
    uint64_t grace = (uint64_t)rules_number(m->c->rules, "LoginGraceTime") * 1000;
    uv_timer_init(m->c->server->loop, &m->grace);
    m->grace.data = m;
    m->on_late = on_late_;
    if (grace)
        uv_timer_start(&m->grace, on_grace, grace + GRACE_MORE_MS, 0);
}

cleat_status monitor_serve(monitor *m, int network)
{
    const monitor_link_owner owner = {m, monitor_on_network, on_network_end, NULL};
    return monitor_link_new(&m->network, m->c->server->loop, network, &owner);
}

static void begin(monitor *m, uv_loop_t *loop, int listener)
{
    const monitor_link_owner owner = {m, on_listener_message, on_listener_end, NULL};
    part_take_loop(m->c->server, loop);
    if (monitor_link_new(&m->listener, loop, listener, &owner) != CLEAT_OK)
        port_part_exit(1);
    monitor_watch_login(m, on_late);
}

_Noreturn static void run(monitor *m, int network, int listener)
{
    uv_loop_t loop;
    begin(m, &loop, listener);
    if (monitor_serve(m, network) != CLEAT_OK)
        port_part_exit(1);
    uv_run(&loop, UV_RUN_DEFAULT);
    port_part_exit(0);
}

/* The one connection of a process. */
static monitor *take(connection *c)
{
    static monitor m;
    port_part_name("cleatd-monitor", NULL);
    m.c = c;
    m.offered = -1;
    m.by_keys = true;
    m.traffic_due = 1; /* at the end, without being asked */
    name_client(c);
    c->part = &m;
    c->gate = &monitor_gate;
    c->vouching = &monitor_vouching;
    return &m;
}

_Noreturn void monitor_main(connection *c, int socket, int listener)
{
    int pair[2];
    cleat_error error = {0};
    monitor *m = take(c);
    cleat_status st = port_message_pair(pair, &error);
    if (st == CLEAT_OK)
        st = port_part_split(&m->network_part, &error);
    if (st != CLEAT_OK) {
        monitor_tell_failure(c, &error);
        port_part_exit(1);
    }
    if (m->network_part == 0)
        network_main(c, socket, pair[1]);
    part_close(pair[1]);
    part_close(socket);
    run(m, pair[0], listener);
}

_Noreturn void monitor_take_over(connection *c, int network, const monitor_exchange *exchange,
                                 int listener)
{
    monitor *m = take(c);
    m->exchange = *exchange;
    run(m, network, listener);
}

_Noreturn void monitor_resume(connection *c, const monitor_resting *rest, int listener)
{
    uv_loop_t loop;
    monitor *m = take(c);
    m->exchange = rest->exchange;
    m->proofs = rest->proofs;
    m->offered = rest->offered;
    m->again_network = rest->network;
    begin(m, &loop, listener);
    monitor_prove_again(m);
    uv_run(&loop, UV_RUN_DEFAULT);
    port_part_exit(0);
}
