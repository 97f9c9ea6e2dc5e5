/* Receiving half of the binary packet protocol. */
#include "packet_rx.h"

#include "../base/alloc.h"
#include "../base/ct.h"
#include "../base/error.h"
#include "../base/slice.h"

#include <assert.h>
#include <string.h>

enum {
    SMALL_CAP = 4096,               /* an idle connection keeps no more */
    LARGE_CAP = (256 << 10) + 4096, /* a busy one reads this much at once */
    SMALL_READS = 16,               /* after that many small reads in a row it counts as idle */
    LENGTH_SIZE = 4,
    PADDING_MIN = 4,
};

cleat_status cl_rx_init(cl_rx *rx, const cl_env *env, cleat_error *error, size_t packet_max)
{
    *rx = (cl_rx){.env = env, .error = error, .packet_max = packet_max};
    rx->expanded = CL_BUF(env->mem);
    return cl_open_none_new(env, &rx->open);
}

void cl_rx_free(cl_rx *rx)
{
    cl_open_free(rx->open);
    cl_inflate_free(rx->inflate);
    cl_buf_free(&rx->expanded);
    cl_wipe(rx->data, rx->cap);
    if (rx->data)
        cl_alloc_free(rx->env->mem, rx->data);
    *rx = (cl_rx){0};
}

/* Bytes of the packet at start from length to tag; just the head while the length is not known. */
static size_t packet_size(const cl_rx *rx)
{
    if (!rx->have_length)
        return rx->open->head_len;
    return LENGTH_SIZE + (size_t)rx->packet_length + rx->open->tag_len;
}

/* Busy connections grow while reads fill the buffer; idle ones go back to a small one. A single
 * small read says nothing, it is how every burst ends, and making and wiping large buffers costs
 * more than the reads themselves. */
static size_t wanted_cap(const cl_rx *rx)
{
    size_t cap = rx->cap ? rx->cap : SMALL_CAP;
    if (rx->start == rx->end && rx->small_reads >= SMALL_READS)
        cap = SMALL_CAP;
    else if (rx->last_read >= cap / 2 && cap < LARGE_CAP)
        cap = cap * 2 < LARGE_CAP / 2 ? cap * 2 : LARGE_CAP;
    while (cap < packet_size(rx))
        cap *= 2;
    return cap;
}

static bool resize(cl_rx *rx, size_t cap)
{
    uint8_t *fresh = cl_alloc_zero(rx->env->mem, cap);
    if (!fresh) {
        cl_fail(rx->error, CLEAT_E_NOMEM, "no memory for a receive buffer of %zu bytes", cap);
        return false;
    }
    size_t left = rx->end - rx->start;
    if (left)
        memcpy(fresh, rx->data + rx->start, left);
    if (rx->data) {
        cl_wipe(rx->data, rx->cap);
        cl_alloc_free(rx->env->mem, rx->data);
    }
    rx->data = fresh;
    rx->cap = cap;
    rx->start = 0;
    rx->end = left;
    return true;
}

uint8_t *cl_rx_space(cl_rx *rx, size_t *room)
{
    *room = 0;
    size_t cap = wanted_cap(rx);
    if (cap != rx->cap && rx->end - rx->start <= cap) {
        if (!resize(rx, cap))
            return NULL;
    } else if (rx->start) {
        memmove(rx->data, rx->data + rx->start, rx->end - rx->start);
        rx->end -= rx->start;
        rx->start = 0;
    }
    *room = rx->cap - rx->end;
    return *room ? rx->data + rx->end : NULL;
}

cleat_status cl_rx_done(cl_rx *rx, size_t n)
{
    if (n > rx->cap - rx->end)
        return CLEAT_E_BAD_CALL;
    rx->end += n;
    rx->bytes += n;
    rx->last_read = n;
    rx->small_reads = n < SMALL_CAP / 2 ? rx->small_reads + 1 : 0;
    return CLEAT_OK;
}

cleat_status cl_rx_line(cl_rx *rx, size_t max, cleat_slice *line)
{
    size_t left = rx->end - rx->start;
    const uint8_t *at = left ? rx->data + rx->start : NULL;
    const uint8_t *newline = left ? memchr(at, '\n', left) : NULL;
    if (!newline && left < max)
        return CLEAT_PENDING;
    if (!newline || (size_t)(newline - at) >= max)
        return CLEAT_E_LIMIT;
    size_t len = (size_t)(newline - at);
    rx->start += len + 1;
    if (len && at[len - 1] == '\r')
        len--;
    *line = cl_slice(at, len);
    return CLEAT_OK;
}

/* With the length encrypted in the same stream as the rest, telling the peer at once that a length
 * was nonsense tells an attacker who injected ciphertext something about its plaintext (Albrecht,
 * Paterson, Watson 2009). Such a packet is read on to the largest size and then fails like any
 * packet with a wrong MAC. */
static void rx_doom(cl_rx *rx)
{
    rx->doomed = true;
    rx->packet_length = (uint32_t)rx->packet_max;
}

static bool length_makes_sense(const cl_rx *rx)
{
    size_t padded = rx->packet_length + (rx->open->length_apart ? 0u : LENGTH_SIZE);
    return rx->packet_length >= 1 + 1 + PADDING_MIN && rx->packet_length <= rx->packet_max &&
           padded % rx->open->block == 0 && padded >= rx->open->block;
}

static cleat_status learn_length(cl_rx *rx)
{
    uint8_t *head = rx->data + rx->start;
    cleat_status st = rx->open->ops->length(rx->open, rx->seq, head, &rx->packet_length);
    if (st != CLEAT_OK)
        return st;
    rx->have_length = true;
    if (length_makes_sense(rx))
        return CLEAT_OK;
    if (rx->open->head_len <= LENGTH_SIZE || !rx->open->tag_len)
        return cl_fail(rx->error, CLEAT_E_PROTO, "bad packet length %u",
                       (unsigned)rx->packet_length);
    rx_doom(rx);
    return CLEAT_OK;
}

/* The payload between padding_length and padding (RFC 4253 §6). */
static cleat_status unpad(cl_rx *rx, const uint8_t *packet, cleat_slice *payload)
{
    size_t padding = packet[LENGTH_SIZE];
    if (padding < PADDING_MIN || padding + 2 > rx->packet_length)
        return cl_fail(rx->error, CLEAT_E_PROTO, "bad padding length %zu in a packet of %u bytes",
                       padding, (unsigned)rx->packet_length);
    *payload = cl_slice(packet + LENGTH_SIZE + 1, rx->packet_length - padding - 1);
    return CLEAT_OK;
}

static cleat_status expand(cl_rx *rx, cleat_slice *payload)
{
    cl_buf_reset(&rx->expanded);
    cleat_status st = cl_inflate_run(rx->inflate, *payload, rx->packet_max, &rx->expanded);
    if (st != CLEAT_OK)
        return cl_fail(rx->error, st, "bad compressed packet");
    if (rx->expanded.len == 0)
        return cl_fail(rx->error, CLEAT_E_PROTO, "empty compressed packet");
    *payload = cl_buf_slice(&rx->expanded);
    return CLEAT_OK;
}

/* In CBC a length that makes sense is as telling as one that does not: were the connection to end
 * with the packet, as many bytes later as its first block says, the peer would know that block. So
 * a wrong MAC is not told before as much has been read as after a wrong length. */
static bool tells_its_length(const cl_rx *rx)
{
    return rx->open->cbc && !rx->open->length_apart;
}

/* CLEAT_PENDING: the packet is doomed, and the rest of it is not there yet. */
static cleat_status open_packet(cl_rx *rx, size_t left, cleat_slice *payload)
{
    uint8_t *packet = rx->data + rx->start;
    size_t len = LENGTH_SIZE + (size_t)rx->packet_length;
    cleat_status st = CLEAT_E_MAC;
    if (!rx->doomed)
        st = rx->open->ops->open(rx->open, rx->seq, packet, len);
    if (st == CLEAT_E_MAC && tells_its_length(rx))
        rx_doom(rx);
    if (rx->doomed && left < packet_size(rx))
        return CLEAT_PENDING;
    if (st != CLEAT_OK)
        return cl_fail(rx->error, st, "packet %u: %s", (unsigned)rx->seq, cleat_status_text(st));
    st = unpad(rx, packet, payload);
    return st == CLEAT_OK && rx->inflate ? expand(rx, payload) : st;
}

cleat_status cl_rx_next(cl_rx *rx, cleat_slice *payload, uint32_t *seq)
{
    cleat_status st = CLEAT_OK;
    *payload = CL_SLICE_EMPTY;
    size_t left = rx->end - rx->start;
    if (!rx->have_length && left >= packet_size(rx))
        st = learn_length(rx);
    if (st != CLEAT_OK)
        return st;
    if (!rx->have_length || left < packet_size(rx))
        return CLEAT_PENDING;
    st = open_packet(rx, left, payload);
    if (st != CLEAT_OK)
        return st;
    size_t size = packet_size(rx);
    *seq = rx->seq++;
    rx->start += size;
    rx->have_length = false;
    rx->key_bytes += size;
    rx->key_packets++;
    rx->packets++;
    return CLEAT_OK;
}

void cl_rx_set_keys(cl_rx *rx, cl_open *open, bool reset_seq)
{
    assert(!rx->have_length);
    cl_open_free(rx->open);
    rx->open = open;
    rx->key_bytes = 0;
    rx->key_packets = 0;
    if (reset_seq)
        rx->seq = 0;
}

void cl_rx_set_inflate(cl_rx *rx, cl_inflate *inflate)
{
    cl_inflate_free(rx->inflate);
    rx->inflate = inflate;
}
