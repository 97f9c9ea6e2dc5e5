/* Both engines joined in memory, one of which turns hostile. */
#include "support_engine.h"

#include "engine/conn_int.h"
#include "support/pair.h"

#include <string.h>

enum { ROUNDS_MAX = 200 };

typedef struct hostile {
    const uint8_t *data;
    size_t size;
    bool to_server, in_session, started;
    unsigned skip; /* deliveries that pass unchanged */
} hostile;

static const pair_setup base = {
    .seed = 1,
    .payload = 100,
    .lists = {
        [CLEAT_ALG_KEX] = "curve25519-sha256", [CLEAT_ALG_CIPHER] = "aes128-gcm@openssh.com"}};

static bool is_bounded(pair *p)
{
    return p->rounds < ROUNDS_MAX;
}

static void replace(pair *p, bool to_server, uint8_t *bytes, size_t *len, size_t room)
{
    hostile *h = p->setup->user;
    if (to_server != h->to_server || !h->size)
        return;
    if (h->skip) {
        h->skip--;
        return;
    }
    size_t n = h->size < room ? h->size : room;
    memcpy(bytes, h->data, n);
    *len = n;
    h->data += n;
    h->size -= n;
}

void engine_fuzz_wire(const uint8_t *data, size_t size, bool to_server)
{
    if (size < 2)
        return;
    hostile h = {.data = data + 1, .size = size - 1, .to_server = to_server, .skip = data[0] % 8};
    pair_setup setup = base;
    pair p;
    setup.on_wire = replace;
    setup.on_round = is_bounded;
    setup.user = &h;
    pair_run(&p, &setup);
    pair_free(&p);
}

static void send_all(cleat_conn *from, const uint8_t *data, size_t size)
{
    while (size > 2) {
        size_t len = (size_t)data[0] << 8 | data[1];
        data += 2;
        size -= 2;
        if (len > size)
            len = size;
        const cleat_slice message = {data, len};
        if (len && cl_conn_send(from, &message, 1) != CLEAT_OK)
            return;
        data += len;
        size -= len;
    }
}

static bool start_when_due(pair *p)
{
    hostile *h = p->setup->user;
    cleat_event_type due = h->in_session ? CLEAT_EV_CHANNEL_DATA : CLEAT_EV_NEWKEYS;
    const pair_side *side = h->in_session ? &p->server : h->to_server ? &p->client : &p->server;
    if (!h->started && side->events[due] && !p->client.closed && !p->server.closed) {
        h->started = true;
        send_all(h->to_server ? p->client.conn : p->server.conn, h->data, h->size);
    }
    return is_bounded(p);
}

void engine_fuzz_messages(const uint8_t *data, size_t size, bool to_server)
{
    if (size < 4)
        return;
    hostile h = {
        .data = data + 1, .size = size - 1, .to_server = to_server, .in_session = data[0] & 1};
    pair_setup setup = base;
    pair p;
    setup.on_round = start_when_due;
    setup.user = &h;
    pair_run(&p, &setup);
    pair_free(&p);
}
