/* The data under way: how much of it at a time, how fast. */
#include "transfer.h"

#include <stdlib.h>

enum { SECOND_US = 1000000, BURST_MS = 100 };

static uint64_t now_us(void)
{
    return uv_hrtime() / 1000;
}

/* ---- rate_max ---- */

static void add_tokens(cleat_transfer *t)
{
    uint64_t now = now_us();
    uint64_t burst = t->options.rate_max * BURST_MS / 1000 + t->block;
    double earned = (double)(now - t->tokens_at_us) * (double)t->options.rate_max / SECOND_US;
    t->tokens_at_us = now;
    t->tokens += (uint64_t)earned;
    if (t->tokens > burst)
        t->tokens = burst;
}

/* False: later; the timer comes back. */
static bool may_go(cleat_transfer *t, uint32_t len)
{
    if (!t->options.rate_max)
        return true;
    add_tokens(t);
    if (t->tokens >= len) {
        t->tokens -= len;
        return true;
    }
    uint64_t missing = len - t->tokens;
    uv_timer_start(&t->timer, t->timer.timer_cb, missing * 1000 / t->options.rate_max + 1, 0);
    return false;
}

/* ---- chunks ---- */

static bool has_room(cleat_transfer *t)
{
    size_t most =
        t->options.requests_max ? (size_t)t->options.requests_max * t->block : t->data_max;
    if (most / t->block > TRANSFER_CHUNKS_MAX)
        most = (size_t)TRANSFER_CHUNKS_MAX * t->block;
    if (t->data + t->block <= most || !t->data)
        return true;
    t->starved = true;
    return false;
}

static chunk *new_chunk(cleat_transfer *t)
{
    chunk *c = t->spare;
    if (c) {
        t->spare = c->next;
        return c;
    }
    c = malloc(sizeof *c + t->block);
    if (c) {
        c->all_next = t->chunks;
        t->chunks = c;
    }
    return c;
}

static void append(job *j, chunk *c)
{
    if (j->newest)
        j->newest->later = c;
    else
        j->oldest = c;
    j->newest = c;
}

/* Where it has been handed on, it is not in the list. */
static void take_out(job *j, const chunk *c)
{
    chunk *before = NULL;
    for (chunk *at = j->oldest; at; before = at, at = at->later) {
        if (at != c)
            continue;
        if (before)
            before->later = at->later;
        else
            j->oldest = at->later;
        if (j->newest == c)
            j->newest = before;
        return;
    }
}

chunk *chunk_first(const job *j)
{
    return j->oldest && j->oldest->ready ? j->oldest : NULL;
}

void chunk_pass(job *j)
{
    j->oldest = j->oldest->later;
    if (!j->oldest)
        j->newest = NULL;
}

void chunks_drop(job *j)
{
    for (chunk *c = j->oldest, *later; c; c = later) {
        later = c->later;
        if (c->ready)
            chunk_give(c);
    }
}

void chunks_drop_behind_end(job *j)
{
    for (chunk *c; (c = chunk_first(j)) != NULL && c->offset >= j->ended_at;)
        chunk_give(c);
}

/* Of a request for that many bytes, what is likely to come: many small files would wait for whole
 * blocks. */
static uint32_t expected(const job *j, uint32_t len)
{
    bool ends = job_has_size(j) && j->at < j->size && j->size - j->at < len;
    return ends ? (uint32_t)(j->size - j->at) : len;
}

chunk *chunk_take(job *j, uint64_t room)
{
    cleat_transfer *t = j->t;
    uint32_t len = room < t->block ? (uint32_t)room : t->block;
    if (!has_room(t) || !may_go(t, expected(j, len)))
        return NULL;
    chunk *c = new_chunk(t);
    if (!c) {
        job_fail(j, CLEAT_E_NOMEM, "%s: out of memory", j->from);
        return NULL;
    }
    t->data += t->block;
    c->j = j;
    c->next = c->later = NULL;
    c->busy = c->ready = false;
    c->offset = j->at;
    c->len = len;
    c->have = 0;
    j->at += c->len;
    j->chunks++;
    append(j, c);
    job_hold(j);
    return c;
}

void chunk_give(chunk *c)
{
    job *j = c->j;
    cleat_transfer *t = j->t;
    take_out(j, c);
    t->data -= t->block;
    c->next = t->spare;
    t->spare = c;
    j->chunks--;
    job_release(j);
}

void chunk_asked(chunk *c, cleat_status st)
{
    if (st != CLEAT_OK) {
        job_fail(c->j, st, "%s: %s", c->j->from, cleat_status_text(st));
        chunk_give(c);
        return;
    }
    c->busy = true;
    c->sent_at = now_us();
    if (!c->j->t->since_us)
        c->j->t->since_us = c->sent_at;
}

/* More may be under way where what moves in two round trips is more than half of it. */
static void widen(cleat_transfer *t, uint64_t now)
{
    uint64_t elapsed = now - t->since_us;
    if (elapsed < 2 * t->rtt_us || elapsed == 0)
        return;
    uint64_t needed = t->moved * 2 * t->rtt_us / elapsed;
    if (t->starved && needed > t->data_max / 2)
        t->data_max = t->data_max < TRANSFER_DATA_MAX / 2 ? 2 * t->data_max : TRANSFER_DATA_MAX;
    t->starved = false;
    t->moved = 0;
    t->since_us = now;
}

void chunk_answered(chunk *c)
{
    cleat_transfer *t = c->j->t;
    uint64_t now = now_us();
    uint64_t rtt = now - c->sent_at;
    c->busy = false;
    if (!t->rtt_us || rtt < t->rtt_us)
        t->rtt_us = rtt;
    t->moved += t->block;
    widen(t, now);
}

/* ---- files ---- */

static void enlist(job *j)
{
    j->asking_next = j->t->asking;
    if (j->asking_next)
        j->asking_next->asking_prev = j;
    j->t->asking = j;
}

static void delist(job *j)
{
    cleat_transfer *t = j->t;
    if (t->next_asking == j)
        t->next_asking = j->asking_next;
    if (j->asking_prev)
        j->asking_prev->asking_next = j->asking_next;
    else
        t->asking = j->asking_next;
    if (j->asking_next)
        j->asking_next->asking_prev = j->asking_prev;
}

void data_begin(job *j)
{
    job_settle(j);
    j->announced = true;
    j->asking = true;
    enlist(j);
    job_hold(j);
    job_tell(j, CLEAT_TRANSFER_BEGIN, NULL);
}

void data_end(job *j)
{
    if (!j->asking)
        return;
    j->asking = false;
    delist(j);
    job_release(j);
}

void data_pump(cleat_transfer *t)
{
    for (job *j = t->asking; j; j = t->next_asking) {
        t->next_asking = j->asking_next;
        job_hold(j);
        t->kind->more(j);
        job_release(j);
    }
}

void data_free(cleat_transfer *t)
{
    for (chunk *c = t->chunks, *next; c; c = next) {
        next = c->all_next;
        free(c);
    }
}
