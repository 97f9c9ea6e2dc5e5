/* The wire that damages a packet. */
#include "wire.h"

#include "engine/conn_int.h"

#include <stdlib.h>
#include <string.h>

enum { MARKS_MAX = 512 };

/* A packet that was sent and not carried yet; its end counts the bytes ever sent. */
typedef struct marked {
    uint64_t end;
    bool sealed;
} marked;

typedef struct marks {
    const cl_tx *tx;
    marked packet[MARKS_MAX];
    size_t first, count;
    uint64_t carried;
} marks;

static marks sides[2];

cleat_status __real_cl_tx_send(cl_tx *tx, const cleat_slice *parts, size_t n);
cleat_status __wrap_cl_tx_send(cl_tx *tx, const cleat_slice *parts, size_t n);

static marks *marks_of(const cl_tx *tx)
{
    for (size_t i = 0; i < 2; i++) {
        if (!sides[i].tx)
            sides[i].tx = tx;
        if (sides[i].tx == tx)
            return &sides[i];
    }
    return NULL;
}

static void mark(marks *m, uint64_t end, bool sealed)
{
    if (m && m->count < MARKS_MAX)
        m->packet[(m->first + m->count++) % MARKS_MAX] = (marked){end, sealed};
}

cleat_status __wrap_cl_tx_send(cl_tx *tx, const cleat_slice *parts, size_t n)
{
    marks *m = marks_of(tx);
    if (m && tx->packets == 0)
        mark(m, tx->bytes, false); /* the identification line */
    cleat_status st = __real_cl_tx_send(tx, parts, n);
    if (st == CLEAT_OK)
        mark(m, tx->bytes, tx->seal->tag_len > 0);
    return st;
}

void wire_reset(wire *w, wire_fault fault, unsigned at, uint32_t noise)
{
    memset(sides, 0, sizeof sides);
    *w = (wire){.fault = fault, .at = at, .noise = noise};
}

/* Length of the next packet of what is carried. */
static size_t next_len(marks *m, size_t left, bool *sealed)
{
    if (!m || !m->count)
        return left;
    const marked next = m->packet[m->first];
    m->first = (m->first + 1) % MARKS_MAX;
    m->count--;
    size_t len = (size_t)(next.end - m->carried);
    m->carried = next.end;
    *sealed = next.sealed;
    return len < left ? len : left;
}

typedef struct output {
    uint8_t *bytes;
    size_t len, room;
} output;

static void put(output *out, const uint8_t *bytes, size_t len)
{
    if (len > out->room - out->len)
        abort();
    memcpy(out->bytes + out->len, bytes, len);
    out->len += len;
}

static void hold(wire *w, const uint8_t *bytes, size_t len, unsigned packets)
{
    w->held_for = packets;
    w->held.len = len < WIRE_PACKET_MAX ? len : WIRE_PACKET_MAX;
    memcpy(w->held.bytes, bytes, w->held.len);
}

static void lose_some(wire *w, output *out, const uint8_t *bytes, size_t len)
{
    size_t from = pair_noise(&w->noise) % len;
    size_t n = 1 + pair_noise(&w->noise) % (len - from);
    put(out, bytes, from);
    put(out, bytes + from + n, len - from - n);
}

static void damage(wire *w, output *out, const uint8_t *bytes, size_t len)
{
    size_t at = out->len + pair_noise(&w->noise) % len;
    switch (w->fault) {
    case WIRE_FLIP:
        put(out, bytes, len);
        out->bytes[at] = (uint8_t)(out->bytes[at] ^ (1u << (pair_noise(&w->noise) % 8)));
        return;
    case WIRE_LOSE:
        lose_some(w, out, bytes, len);
        return;
    case WIRE_DROP:
        return;
    case WIRE_DUPLICATE:
        put(out, bytes, len);
        put(out, bytes, len);
        return;
    case WIRE_REPLAY:
        put(out, bytes, len);
        hold(w, bytes, len, 1 + pair_noise(&w->noise) % 4);
        return;
    case WIRE_REORDER:
        hold(w, bytes, len, 1);
        return;
    case WIRE_NONE:
    case WIRE_FAULTS:
        break;
    }
    put(out, bytes, len);
}

/* Up to which packet of its direction the receiver may still be content. */
static unsigned good_after(const wire *w, unsigned number)
{
    if (w->fault == WIRE_DUPLICATE)
        return number + 1;
    return w->fault == WIRE_REPLAY ? number + 1 + w->held_for : number;
}

static void carry_packet(wire *w, bool to_server, bool sealed, output *out, const uint8_t *bytes,
                         size_t len)
{
    bool line = len > 4 && memcmp(bytes, "SSH-", 4) == 0;
    unsigned number = w->each_way[to_server];
    w->each_way[to_server] += !line;
    if (w->packets++ == w->at) {
        w->done = true;
        w->to_server = to_server;
        w->sealed = sealed;
        damage(w, out, bytes, len);
        w->good = good_after(w, number);
        w->seen = w->fault == WIRE_FLIP || w->fault == WIRE_DUPLICATE;
        return;
    }
    put(out, bytes, len);
    if (!w->done || w->to_server != to_server)
        return;
    w->seen = w->seen || w->fault != WIRE_REPLAY;
    if (w->held_for && --w->held_for == 0) {
        put(out, w->held.bytes, w->held.len);
        w->seen = true;
    }
}

void wire_carry(pair *p, bool to_server, uint8_t *bytes, size_t *len, size_t room)
{
    wire *w = p->setup->user;
    const cleat_conn *from = to_server ? p->client.conn : p->server.conn;
    marks *m = marks_of(&from->tx);
    uint8_t *copy = malloc(*len);
    output out = {.bytes = bytes, .room = room};
    if (!copy)
        abort();
    memcpy(copy, bytes, *len);
    for (size_t at = 0; at < *len;) {
        bool sealed = false;
        size_t n = next_len(m, *len - at, &sealed);
        carry_packet(w, to_server, sealed, &out, copy + at, n);
        at += n;
    }
    free(copy);
    *len = out.len;
}
