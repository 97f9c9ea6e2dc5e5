/* Sending half of the binary packet protocol (RFC 4253 §6): payloads in parts, sealed from the
 * caller's memory straight into the blocks that are handed to the network. */
#ifndef CL_TRANSPORT_PACKET_TX_H
#define CL_TRANSPORT_PACKET_TX_H

#include "../alg/alg.h"
#include "../base/spare.h"

#include <cleat/types.h>

typedef struct cl_tx_block cl_tx_block;

/* Most parts that a message may come in. */
#define CL_TX_PARTS_MAX 6
#define CL_TX_PEEK_MAX 64

typedef struct cl_tx {
    const cl_env *env;
    cleat_error *error;
    cl_seal *seal;
    cl_deflate *deflate; /* NULL: not compressed */
    cl_buf packed;
    cl_tx_block *head, *tail; /* to be sent */
    cl_spare spare;           /* their memory */
    size_t burst;             /* bytes sent since the queue was last empty */
    size_t queued;
    uint32_t seq;
    uint8_t padding[256]; /* random bytes in stock */
    size_t padding_left;
    cleat_slice peek[CL_TX_PEEK_MAX];
    uint64_t key_bytes, key_packets; /* since the keys were set */
    uint64_t bytes, packets;         /* ever */
} cl_tx;

CLEAT_MUST_USE cleat_status cl_tx_init(cl_tx *tx, const cl_env *env, cleat_error *error);
void cl_tx_free(cl_tx *tx);

/* Bytes outside any packet: the identification line. */
CLEAT_MUST_USE cleat_status cl_tx_raw(cl_tx *tx, cleat_slice bytes);

/* One packet, its payload in up to CL_TX_PARTS_MAX parts. */
CLEAT_MUST_USE cleat_status cl_tx_send(cl_tx *tx, const cleat_slice *parts, size_t count);

const cleat_slice *cl_tx_peek(cl_tx *tx, size_t *count);
void cl_tx_sent(cl_tx *tx, size_t n);

/* New keys from the next packet on; takes seal. */
void cl_tx_set_keys(cl_tx *tx, cl_seal *seal, bool reset_seq);

/* Takes the stream; NULL ends compression. */
void cl_tx_set_deflate(cl_tx *tx, cl_deflate *deflate);

#endif
