/* Rest. A worker's client that is logged in and wants nothing needs no process of its own. Its
 * monitor leaves to the listener what another one needs, and ends. Nothing of what has been decided
 * is kept: the requests that proved the user's keys are proved again by the next monitor, so that
 * what has been withdrawn meanwhile does not count any more. A login by PAM cannot be repeated, so
 * its monitor stays. */
#include "monitor_int.h"

#include <stdlib.h>
#include <string.h>

enum { QUIET_MS = 2000, AGAIN_MS = 10, PROOFS_MAX = 32 << 10 };

/* ---- going ---- */

void monitor_keep_proof(monitor *m, cleat_slice message)
{
    size_t len = m->proofs.len + sizeof message.len + message.len;
    uint8_t *room = len <= PROOFS_MAX ? realloc(m->proofs.data, len) : NULL;
    if (!room) {
        m->by_keys = false;
        return;
    }
    uint8_t *at = room + m->proofs.len;
    memcpy(at, &message.len, sizeof message.len);
    memcpy(at + sizeof message.len, message.data, message.len);
    m->proofs = (cleat_bytes){.data = room, .len = len};
}

/* Once all that was to be sent is on its way. */
static void on_gone(uv_timer_t *timer)
{
    const monitor *m = timer->data;
    if (monitor_link_is_flushed(m->listener))
        port_part_exit(0);
}

static void on_quiet(uv_timer_t *timer)
{
    monitor *m = timer->data;
    if (m->offered < 0 || !m->network || !m->listener)
        return;
    port_attached attached = {.fds = {monitor_link_release(m->network), m->offered, -1},
                              .count = 2};
    uv_poll_stop(&m->asked);
    port_pam_end(m->pam);
    MONITOR_SEND_WITH(m->listener, &attached, rest,
                      .session_id = {m->exchange.session_id, m->exchange.session_id_len},
                      .host_key = (uint32_t)m->exchange.host_key,
                      .proofs = {m->proofs.data, m->proofs.len});
    uv_timer_start(timer, on_gone, 0, AGAIN_MS);
}

/* The timer of LoginGraceTime is free now. */
void monitor_rest_later(monitor *m)
{
    if (!m->network_part && m->by_keys && m->listener)
        uv_timer_start(&m->grace, on_quiet, QUIET_MS, 0);
}

/* ---- coming back ---- */

_Noreturn static void give_up(const monitor *m)
{
    log_about(m->c, CLEAT_LOG_INFO, "User %s from %s port %u is not let in any more",
              m->c->user ? m->c->user : "", m->c->ends.peer, (unsigned)m->c->ends.peer_port);
    port_part_exit(0);
}

static void go_on(monitor *m)
{
    m->c->again = false;
    uv_timer_stop(&m->grace);
    if (monitor_serve(m, m->again_network) != CLEAT_OK)
        port_part_exit(1);
    monitor_watch_offered(m);
    monitor_rest_later(m);
}

/* False: there is none. */
static bool next_proof(monitor *m, cleat_slice *message)
{
    const cleat_bytes all = m->proofs;
    size_t len;
    if (m->again_at > all.len || all.len - m->again_at < sizeof len)
        return false;
    memcpy(&len, all.data + m->again_at, sizeof len);
    m->again_at += sizeof len;
    if (len > all.len - m->again_at)
        return false;
    *message = (cleat_slice){all.data + m->again_at, len};
    m->again_at += len;
    return true;
}

void monitor_prove_again(monitor *m)
{
    cleat_slice message;
    if (m->c->authenticated)
        go_on(m);
    else if (!next_proof(m, &message) || !monitor_auth_message(m, message))
        give_up(m);
}
