/* Connections without a channel. */
#include "unused.h"

#include <stdlib.h>

enum { BY_APPLICATION = 11 /* RFC 4253 §11.1 */ };

struct unused {
    uv_timer_t timer;
    connection *c;
};

static void on_time(uv_timer_t *timer)
{
    const connection *c = ((struct unused *)timer->data)->c;
    cleat_conn *conn = cleat_uv_conn(c->uv);
    if (cleat_conn_get_stats(conn).channels)
        return; /* the time begins when the last one goes */
    log_about(c, CLEAT_LOG_INFO, "terminating inactive connection from user %s %s port %u", c->user,
              c->ends.peer, (unsigned)c->ends.peer_port);
    cleat_conn_disconnect(conn, BY_APPLICATION, "no channel was open for too long");
    cleat_uv_kick(c->uv);
}

static struct unused *make(connection *c)
{
    struct unused *u = calloc(1, sizeof *u);
    if (!u)
        return NULL;
    if (uv_timer_init(c->server->loop, &u->timer) != 0) {
        free(u);
        return NULL;
    }
    u->timer.data = u;
    u->c = c;
    return u;
}

void unused_watch(connection *c)
{
    uint64_t seconds = (uint64_t)rules_number(c->rules, "UnusedConnectionTimeout");
    if (!seconds)
        return;
    if (!c->unused)
        c->unused = make(c);
    if (c->unused)
        uv_timer_start(&c->unused->timer, on_time, seconds * 1000, 0);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void unused_stop(connection *c)
{
    if (c->unused)
        uv_close((uv_handle_t *)&c->unused->timer, on_closed);
    c->unused = NULL;
}
