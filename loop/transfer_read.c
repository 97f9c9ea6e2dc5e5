/* The server's files as sources: chunks are asked for, many at a time, up to the file's end. */
#include "transfer.h"

static void on_data(cleat_sftp_waiter *waiter, const cleat_sftp_answer *answer);

/* Asks for what is missing of the chunk. */
static void ask(chunk *c)
{
    job *j = c->j;
    cleat_status st = cleat_sftp_read(j->t->s, &j->source, c->offset + c->have, c->bytes + c->have,
                                      c->len - c->have, &c->waiter);
    if (st == CLEAT_OK) {
        chunk_sent(c);
        return;
    }
    job_fail(j, st, "%s: %s", j->from, cleat_status_text(st));
    chunk_give(c);
}

/* Without a size (0 as in /proc counts as none) one chunk at a time, up to the end of the file. */
void read_more(job *j)
{
    chunk *c;
    uint64_t room;
    while (j->asking && map_next(j, &room)) {
        bool one_by_one = !job_has_size(j) || j->at >= j->size;
        if ((one_by_one && j->chunks) || !(c = chunk_take(j, room)))
            return;
        c->waiter.on_answer = on_data;
        ask(c);
    }
}

static void end_at(job *j, uint64_t offset)
{
    if (offset < j->ended_at)
        j->ended_at = offset;
    data_end(j);
}

static void arrived(chunk *c)
{
    c->ready = true;
    c->j->t->kind->arrived(c->j);
}

static void take_data(chunk *c, const cleat_sftp_answer *answer)
{
    job *j = c->j;
    c->have += answer->read;
    uint64_t end = c->offset + c->have;
    bool known = job_has_size(j);
    if (answer->at_end)
        end_at(j, end);
    else if (c->have < c->len && (!known || end < j->size)) {
        ask(c);
        return;
    } else if (c->have < c->len) {
        end_at(j, end);
    }
    if (known && end > j->size)
        j->size = end; /* it has grown since it was looked at */
    arrived(c);
}

static void on_data(cleat_sftp_waiter *waiter, const cleat_sftp_answer *answer)
{
    chunk *c = (chunk *)waiter;
    job *j = c->j;
    cleat_transfer *t = j->t;
    transfer_enter(t);
    chunk_answered(c);
    job_hold(j);
    if (answer->code == CLEAT_SFTP_EOF) {
        end_at(j, c->offset + c->have);
        if (c->have && !j->failed) {
            arrived(c);
        } else {
            chunk_give(c);
            j->t->kind->arrived(j);
        }
    } else if (answer->code != CLEAT_SFTP_OK || j->failed) {
        if (answer->code != CLEAT_SFTP_OK)
            job_refused(j, j->from, answer);
        chunk_give(c);
    } else {
        take_data(c, answer);
    }
    job_release(j);
    transfer_leave(t);
}
