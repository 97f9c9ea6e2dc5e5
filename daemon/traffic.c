/* Figures about connections: nothing depends on them. */
#include "traffic.h"

#include "text.h"

#include <stdlib.h>

void traffic_free(traffic *t)
{
    if (!t)
        return;
    free(t->client);
    free(t->kex);
    free(t->host_key);
    free(t->cipher);
    free(t->mac);
    free(t);
}

static void put(char **at, cleat_slice text)
{
    free(*at);
    *at = text_format("%.*s", (int)text.len, (const char *)text.data);
}

/* A figure that has become smaller is somebody's lie. */
static uint64_t grown(uint64_t *figure, uint64_t now)
{
    uint64_t by = now > *figure ? now - *figure : 0;
    *figure += by;
    return by;
}

static void take(connection *c, const monitor_traffic *m)
{
    tally *all = &c->server->tally;
    if (!c->traffic)
        c->traffic = calloc(1, sizeof *c->traffic);
    traffic *t = c->traffic;
    if (!t)
        return;
    put(&t->client, m->client);
    put(&t->kex, m->kex);
    put(&t->host_key, m->host_key);
    put(&t->cipher, m->cipher);
    put(&t->mac, m->mac);
    all->bytes_in += grown(&t->bytes_in, m->bytes_in);
    all->bytes_out += grown(&t->bytes_out, m->bytes_out);
}

bool traffic_take(connection *c, cleat_slice bytes)
{
    monitor_traffic m;
    if (monitor_decode_traffic(bytes, &m) != CLEAT_OK)
        return false;
    take(c, &m);
    return true;
}

/* False: no engine is here. */
static bool traffic_of(const connection *c, monitor_traffic *m)
{
    const cleat_conn *conn = c->uv ? cleat_uv_conn(c->uv) : NULL;
    if (!conn)
        return false;
    const cleat_conn_stats stats = cleat_conn_get_stats(conn);
    const cleat_conn_algorithms a = cleat_conn_negotiated(conn);
    *m = (monitor_traffic){.connection = c->id,
                           .client = text_or_none(c->client),
                           .kex = text_or_none(a.kex),
                           .host_key = text_or_none(a.host_key),
                           .cipher = text_or_none(a.cipher_in),
                           .mac = text_or_none(a.mac_in),
                           .bytes_in = stats.bytes_in,
                           .bytes_out = stats.bytes_out};
    return true;
}

void traffic_note(connection *c)
{
    monitor_traffic m;
    if (traffic_of(c, &m))
        take(c, &m);
}

void traffic_tell(const connection *c, monitor_link *link)
{
    monitor_traffic m;
    if (link && traffic_of(c, &m))
        MONITOR_SEND_ALL_OF(link, NULL, traffic, &m);
}

bool traffic_hand_on(connection *c, cleat_slice bytes, monitor_link *link)
{
    monitor_traffic m;
    if (monitor_decode_traffic(bytes, &m) != CLEAT_OK)
        return false;
    m.connection = c->id;
    if (link)
        MONITOR_SEND_ALL_OF(link, NULL, traffic, &m);
    else
        take(c, &m);
    return true;
}
