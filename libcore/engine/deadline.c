/* Time: what happens when nothing arrives. */
#include "conn_int.h"

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t handshake_deadline(const cleat_conn *c)
{
    if (!c->options.handshake_ms || c->base == CL_PH_OPEN)
        return UINT64_MAX;
    return c->started_at + c->options.handshake_ms;
}

static uint64_t rekey_deadline(const cleat_conn *c)
{
    if (!c->options.rekey_seconds || c->base != CL_PH_OPEN || c->kx.sent_init)
        return UINT64_MAX;
    return c->exchanged_at + (uint64_t)c->options.rekey_seconds * 1000;
}

static uint64_t keepalive_deadline(const cleat_conn *c)
{
    if (!c->options.keepalive_ms || c->base != CL_PH_OPEN)
        return UINT64_MAX;
    uint64_t last = c->heard_at > c->keepalive_at ? c->heard_at : c->keepalive_at;
    return last + c->options.keepalive_ms;
}

/* Calls other than next make events, too: send_done tells writers of room. An owner that pulled
 * before it sent would wait for the peer, who may be waiting for what is then written. */
static bool has_events(const cleat_conn *c)
{
    return c->events.head || c->end == CL_END_PENDING;
}

uint64_t cleat_conn_deadline(const cleat_conn *c)
{
    if (has_events(c))
        return c->now;
    if (c->end != CL_END_NONE)
        return UINT64_MAX;
    uint64_t first = sooner(handshake_deadline(c), rekey_deadline(c));
    return sooner(sooner(first, keepalive_deadline(c)), cl_auths_deadline(&c->auths));
}

static cleat_status keep_alive(cleat_conn *c)
{
    if (c->keepalives_unanswered >= c->options.keepalive_count)
        return cl_fail(&c->error, CLEAT_E_TIMEOUT, "Timeout, the peer is not responding");
    c->keepalives_unanswered++;
    c->keepalive_at = c->now;
    return cl_conn_send_keepalive(c);
}

static cleat_status do_what_is_due(cleat_conn *c)
{
    cleat_status st = CLEAT_OK;
    if (c->now >= handshake_deadline(c))
        return cl_fail(&c->error, CLEAT_E_TIMEOUT, "not authenticated within %u seconds",
                       (unsigned)(c->options.handshake_ms / 1000));
    if (c->now >= cl_auths_deadline(&c->auths))
        st = cl_auths_tick(&c->auths, c->now);
    if (st == CLEAT_OK && c->now >= keepalive_deadline(c))
        st = keep_alive(c);
    if (st == CLEAT_OK && c->now >= rekey_deadline(c))
        st = cl_kexer_start(&c->kx);
    return st;
}

void cleat_conn_tick(cleat_conn *c, uint64_t now_ms)
{
    if (now_ms > c->now)
        c->now = now_ms;
    if (c->end != CL_END_NONE || c->now < cleat_conn_deadline(c))
        return;
    cleat_status st = do_what_is_due(c);
    if (st != CLEAT_OK)
        cl_conn_fail(c, st);
}
