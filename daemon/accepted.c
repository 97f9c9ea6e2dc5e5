/* What the listener tells a worker and its monitor. */
#include "accepted.h"

#include <string.h>

const cleat_error accepted_without_room = {.status = CLEAT_E_LIMIT,
                                           .text = "this process has too many descriptors"};

static bool read_ends(cleat_stream_ends *ends, const monitor_accepted *m)
{
    *ends = (cleat_stream_ends){.peer_port = (uint16_t)m->peer_port,
                                .local_port = (uint16_t)m->local_port};
    if (m->peer.len >= sizeof ends->peer || m->local.len >= sizeof ends->local)
        return false;
    memcpy(ends->peer, m->peer.data, m->peer.len);
    memcpy(ends->local, m->local.data, m->local.len);
    return true;
}

void accepted_send(monitor_link *link, uint64_t id, const cleat_stream_ends *ends,
                   const port_attached *attached)
{
    MONITOR_SEND_WITH(link, attached, accepted, .connection = id,
                      .peer = cleat_slice_of(ends->peer), .peer_port = ends->peer_port,
                      .local = cleat_slice_of(ends->local), .local_port = ends->local_port);
}

connection *accepted_read(server *s, cleat_slice bytes)
{
    monitor_accepted m;
    cleat_stream_ends ends;
    if (monitor_decode_accepted(bytes, &m) != CLEAT_OK || !read_ends(&ends, &m))
        return NULL;
    connection *c = connection_new(s, NULL, &ends);
    if (c)
        c->id = m.connection;
    return c;
}

bool accepted_alive(const server *s, cleat_slice bytes)
{
    monitor_alive m;
    if (monitor_decode_alive(bytes, &m) != CLEAT_OK)
        return false;
    MONITOR_SEND_ALL_OF(s->listener, NULL, alive, &m);
    return true;
}

bool accepted_outlook(const server *s, cleat_slice bytes)
{
    monitor_outlook m;
    if (monitor_decode_outlook(bytes, &m) != CLEAT_OK)
        return false;
    if (!m.more)
        monitor_link_unref(s->listener);
    return true;
}
