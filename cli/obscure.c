/* Keys leave at a steady beat, and for a while after the last one the beat goes on with pings of
 * the same size: how fast somebody types, and when they stop, is not told to those who watch. */
#include "obscure.h"

#include "say.h"
#include "text.h"

#include <string.h>

/* A ping with this many bytes is as long as a channel's message with one. */
enum { PING_BYTES = 5, BEAT_MS = 20, BEAT_MAX_MS = 2000, TYPED_MAX = 64, AFTER_MS = 1024 };

bool obscure_parse(const char *text, uint32_t *beat_ms)
{
    static const char prefix[] = "interval:";
    size_t len = sizeof prefix - 1;
    *beat_ms = BEAT_MS;
    if (strncmp(text, prefix, len) == 0)
        return text_number(text + len, BEAT_MAX_MS, beat_ms) && *beat_ms;
    if (text_same(text, "no") || text_same(text, "false"))
        *beat_ms = 0;
    return *beat_ms == 0 || text_same(text, "yes") || text_same(text, "true");
}

/* One to two times as long as it seems, or the end would tell how many keys there were. */
static uint64_t end_of_pings(const ssh_run *r)
{
    uint16_t more = 0;
    if (uv_random(NULL, NULL, &more, sizeof more, 0, NULL) != 0)
        more = 0;
    return uv_now(r->loop) + AFTER_MS + more % AFTER_MS;
}

void obscure_flush(ssh_run *r)
{
    size_t sent = 0;
    if (!r->held_len || !r->channel)
        return;
    say_if_failed(cleat_channel_write(r->channel, CLEAT_STREAM_DATA, r->held, r->held_len, &sent),
                  "write");
    r->held_len -= sent;
    memmove(r->held, r->held + sent, r->held_len);
}

static void on_beat(uv_timer_t *beat)
{
    static const uint8_t chaff[PING_BYTES];
    ssh_run *r = beat->data;
    cleat_uv *u = ssh_last_hop(r)->uv;
    if (r->held_len)
        obscure_flush(r);
    else if (uv_now(r->loop) >= r->beat_until ||
             cleat_conn_ping(cleat_uv_conn(u), (cleat_slice){chaff, sizeof chaff}) != CLEAT_OK)
        uv_timer_stop(beat);
    cleat_uv_kick(u);
}

/* The first key finds out whether the other side knows pings. */
static bool is_on(ssh_run *r)
{
    if (r->beating || !r->beat_ms)
        return r->beating;
    const cleat_slice nothing = {0};
    if (cleat_conn_ping(cleat_uv_conn(ssh_last_hop(r)->uv), nothing) != CLEAT_OK) {
        r->beat_ms = 0;
        return false;
    }
    uv_timer_init(r->loop, &r->beat);
    r->beat.data = r;
    r->beating = true;
    say(CLEAT_LOG_DEBUG1, "obscuring the timing of keys, one beat in %u ms", (unsigned)r->beat_ms);
    return true;
}

size_t obscure_take(ssh_run *r, const uint8_t *bytes, size_t len)
{
    bool typed = len && len <= TYPED_MAX && r->held_len + len <= sizeof r->held;
    if (!typed || !is_on(r)) {
        obscure_flush(r);
        return len;
    }
    memcpy(r->held + r->held_len, bytes, len);
    r->held_len += len;
    r->beat_until = end_of_pings(r);
    if (!uv_is_active((uv_handle_t *)&r->beat))
        uv_timer_start(&r->beat, on_beat, r->beat_ms, r->beat_ms);
    return 0;
}

void obscure_end(ssh_run *r)
{
    if (r->beating)
        uv_close((uv_handle_t *)&r->beat, NULL);
    r->beating = false;
    r->beat_ms = 0;
}
