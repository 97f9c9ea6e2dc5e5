/* Sending half of the binary packet protocol. */
#include "packet_tx.h"

#include "../base/alloc.h"
#include "../base/error.h"
#include "../base/slice.h"
#include "../wire/writer.h"

#include <assert.h>
#include <string.h>

enum {
    HEAD_SIZE = 5, /* packet_length and padding_length */
    PADDING_MIN = 4,
    SMALL_BLOCK = 2 << 10,
    LARGE_BLOCK = (64 << 10) + 512, /* a full packet of channel data */
    SPARE_MAX = 16 * LARGE_BLOCK,   /* about as much as a burst queues */
    BURST_MIN = 16 << 10,           /* bytes; a message or two are none */
};

struct cl_tx_block {
    cl_tx_block *next;
    size_t len, sent, cap;
    uint8_t bytes[];
};

cleat_status cl_tx_init(cl_tx *tx, const cl_env *env, cleat_error *error)
{
    *tx = (cl_tx){.env = env, .error = error};
    tx->packed = CL_BUF(env->mem);
    cl_spare_init(&tx->spare, env->mem, SPARE_MAX);
    return cl_seal_none_new(env, &tx->seal);
}

static void free_blocks(cl_tx *tx, cl_tx_block *block)
{
    while (block) {
        cl_tx_block *next = block->next;
        cl_alloc_free(&tx->spare.allocator, block);
        block = next;
    }
}

void cl_tx_free(cl_tx *tx)
{
    if (!tx->env)
        return;
    cl_seal_free(tx->seal);
    cl_deflate_free(tx->deflate);
    cl_buf_free(&tx->packed);
    free_blocks(tx, tx->head);
    cl_spare_drop(&tx->spare);
    *tx = (cl_tx){0};
}

static cl_tx_block *new_block(cl_tx *tx, size_t need)
{
    size_t cap = tx->queued || need > SMALL_BLOCK ? LARGE_BLOCK : SMALL_BLOCK;
    if (cap < need)
        cap = need;
    const cleat_allocator *mem = &tx->spare.allocator;
    cl_tx_block *block = mem->resize(mem->user, NULL, sizeof *block + cap);
    if (block)
        *block = (cl_tx_block){.cap = cap};
    return block;
}

/* Room for size bytes in one piece at the end of the queue, not counted yet. */
static uint8_t *room_for(cl_tx *tx, size_t size)
{
    if (tx->tail && tx->tail->cap - tx->tail->len >= size)
        return tx->tail->bytes + tx->tail->len;
    cl_tx_block *block = new_block(tx, size);
    if (!block)
        return NULL;
    if (tx->tail)
        tx->tail->next = block;
    else
        tx->head = block;
    tx->tail = block;
    return block->bytes;
}

static void count(cl_tx *tx, size_t size)
{
    tx->tail->len += size;
    tx->queued += size;
    tx->bytes += size;
}

cleat_status cl_tx_raw(cl_tx *tx, cleat_slice bytes)
{
    uint8_t *at = room_for(tx, bytes.len);
    if (!at)
        return cl_fail(tx->error, CLEAT_E_NOMEM, "no memory to send %zu bytes", bytes.len);
    memcpy(at, bytes.data, bytes.len);
    count(tx, bytes.len);
    return CLEAT_OK;
}

/* Padding is random (RFC 4253 §6), drawn in larger helpings. */
static cleat_status take_padding(cl_tx *tx, size_t n, cleat_slice *padding)
{
    if (tx->padding_left < n) {
        cleat_status st = cl_random_fill(tx->env, tx->padding, sizeof tx->padding);
        if (st != CLEAT_OK)
            return cl_fail(tx->error, st, "the random source failed");
        tx->padding_left = sizeof tx->padding;
    }
    tx->padding_left -= n;
    *padding = cl_slice(tx->padding + tx->padding_left, n);
    return CLEAT_OK;
}

/* At least four bytes, up to the next multiple of the block size. */
static size_t padding_len(const cl_tx *tx, size_t payload)
{
    size_t block = tx->seal->block;
    size_t before = (tx->seal->length_apart ? 1 : HEAD_SIZE) + payload;
    size_t n = block - before % block;
    return n < PADDING_MIN ? n + block : n;
}

static cleat_status seal(cl_tx *tx, const cleat_slice *parts, size_t n, size_t payload)
{
    cleat_slice whole[CL_TX_PARTS_MAX + 2];
    uint8_t head[HEAD_SIZE];
    size_t pad = padding_len(tx, payload);
    cl_store_u32(head, (uint32_t)(1 + payload + pad));
    head[4] = (uint8_t)pad;
    whole[0] = cl_slice(head, sizeof head);
    memcpy(whole + 1, parts, n * sizeof *parts);
    cleat_status st = take_padding(tx, pad, &whole[n + 1]);
    if (st != CLEAT_OK)
        return st;
    size_t size = HEAD_SIZE + payload + pad + tx->seal->tag_len;
    uint8_t *at = room_for(tx, size);
    if (!at)
        return cl_fail(tx->error, CLEAT_E_NOMEM, "no memory for a packet of %zu bytes", size);
    st = tx->seal->ops->seal(tx->seal, tx->seq, whole, n + 2, at);
    if (st != CLEAT_OK)
        return cl_fail(tx->error, st, "packet could not be sealed");
    count(tx, size);
    tx->key_bytes += size;
    return CLEAT_OK;
}

static cleat_status deflate_parts(cl_tx *tx, const cleat_slice *parts, size_t n, cleat_slice *one)
{
    cl_buf_reset(&tx->packed);
    cleat_status st = cl_deflate_run(tx->deflate, parts, n, &tx->packed);
    if (st != CLEAT_OK)
        return cl_fail(tx->error, st, "packet could not be compressed");
    *one = cl_buf_slice(&tx->packed);
    return CLEAT_OK;
}

cleat_status cl_tx_send(cl_tx *tx, const cleat_slice *parts, size_t n)
{
    assert(n <= CL_TX_PARTS_MAX);
    cleat_slice one;
    if (tx->deflate) {
        cleat_status st = deflate_parts(tx, parts, n, &one);
        if (st != CLEAT_OK)
            return st;
        parts = &one;
        n = 1;
    }
    size_t payload = 0;
    for (size_t i = 0; i < n; i++)
        payload += parts[i].len;
    cleat_status st = seal(tx, parts, n, payload);
    if (st != CLEAT_OK)
        return st;
    tx->seq++;
    tx->key_packets++;
    tx->packets++;
    return CLEAT_OK;
}

const cleat_slice *cl_tx_peek(cl_tx *tx, size_t *n)
{
    *n = 0;
    for (const cl_tx_block *b = tx->head; b && *n < CL_TX_PEEK_MAX; b = b->next) {
        if (b->len > b->sent)
            tx->peek[(*n)++] = cl_slice(b->bytes + b->sent, b->len - b->sent);
    }
    return *n ? tx->peek : NULL;
}

/* Large blocks are kept for the next burst. What follows the last one is small, and nothing is kept
 * then. */
static void retire(cl_tx *tx, cl_tx_block *block)
{
    tx->burst += block->len;
    cl_alloc_free(&tx->spare.allocator, block);
    if (tx->head)
        return;
    if (tx->burst < BURST_MIN)
        cl_spare_drop(&tx->spare);
    tx->burst = 0;
}

void cl_tx_sent(cl_tx *tx, size_t n)
{
    assert(n <= tx->queued);
    tx->queued -= n;
    while (tx->head) {
        cl_tx_block *b = tx->head;
        size_t left = b->len - b->sent;
        size_t step = n < left ? n : left;
        b->sent += step;
        n -= step;
        if (b->sent < b->len)
            return;
        tx->head = b->next;
        if (!tx->head)
            tx->tail = NULL;
        retire(tx, b);
    }
}

void cl_tx_set_keys(cl_tx *tx, cl_seal *fresh, bool reset_seq)
{
    cl_seal_free(tx->seal);
    tx->seal = fresh;
    tx->key_bytes = 0;
    tx->key_packets = 0;
    if (reset_seq)
        tx->seq = 0;
}

void cl_tx_set_deflate(cl_tx *tx, cl_deflate *deflate)
{
    cl_deflate_free(tx->deflate);
    tx->deflate = deflate;
}
