/* Receiving half of the binary packet protocol (RFC 4253 §6): bytes in, payloads out, decrypted in
 * place. */
#ifndef CL_TRANSPORT_PACKET_RX_H
#define CL_TRANSPORT_PACKET_RX_H

#include "../alg/alg.h"

#include <cleat/types.h>

typedef struct cl_rx {
    const cl_env *env;
    cleat_error *error;
    uint8_t *data;
    size_t start, end, cap; /* bytes not parsed yet are data[start..end) */
    size_t last_read;       /* how much came at once: a full read earns a larger buffer */
    unsigned small_reads;   /* in a row: enough of them end in a small buffer */
    size_t packet_max;
    cl_open *open;
    cl_inflate *inflate; /* NULL: not compressed */
    cl_buf expanded;
    uint32_t seq;
    uint32_t packet_length; /* of the packet at start, once known */
    bool have_length;
    bool doomed; /* refused, which is not told before all of it has come: see rx_doom() */
    uint64_t key_bytes, key_packets; /* since the keys were set */
    uint64_t bytes, packets;         /* ever */
} cl_rx;

CLEAT_MUST_USE cleat_status cl_rx_init(cl_rx *rx, const cl_env *env, cleat_error *error,
                                       size_t packet_max);
void cl_rx_free(cl_rx *rx);

/* Where bytes may be written; *room 0 and NULL when the buffer is full of unparsed bytes, or there
 * is no memory (then the error is set). Moves what is left over to the front: payload views end. */
uint8_t *cl_rx_space(cl_rx *rx, size_t *room);
CLEAT_MUST_USE cleat_status cl_rx_done(cl_rx *rx, size_t n);

/* One line of the version exchange, without its line end; CLEAT_PENDING when it is not complete.
 * max: longest line accepted, line end included. */
CLEAT_MUST_USE cleat_status cl_rx_line(cl_rx *rx, size_t max, cleat_slice *line);

/* The next payload, a view that ends with the next call here or of cl_rx_space. CLEAT_PENDING when
 * more bytes are needed. seq: the packet's sequence number. */
CLEAT_MUST_USE cleat_status cl_rx_next(cl_rx *rx, cleat_slice *payload, uint32_t *seq);

/* New keys from the next packet on; takes open. Strict key exchange starts counting at 0 again. */
void cl_rx_set_keys(cl_rx *rx, cl_open *open, bool reset_seq);

/* Takes the stream; NULL ends compression. */
void cl_rx_set_inflate(cl_rx *rx, cl_inflate *inflate);

#endif
