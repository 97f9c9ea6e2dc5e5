/* Pieces of a file on their way from one machine to another, many at a time. */
#include "scp_cross.h"
#include "text.h"

#include <string.h>

static bool is_stopped(const stream *t)
{
    return t->from->gone || t->to->gone || t->from->stopped;
}

static void give_up(stream *t, const char *why)
{
    if (!t->failed)
        t->why = text_printable(why);
    t->failed = true;
}

static void rest(piece *p)
{
    stream *t = p->of;
    if (p->wanted && p->offset < t->broken_at)
        t->broken_at = p->offset;
    p->busy = false;
    t->busy--;
}

/* What is read is written by one request, too, or compared with the answer to one. */
static uint32_t most_at_once(const stream *t)
{
    uint32_t most = cleat_sftp_get_limits(t->from->remote.sftp).read;
    const cleat_sftp_limits limits = cleat_sftp_get_limits(t->to->remote.sftp);
    uint32_t to = t->compares ? limits.read : limits.write;
    return to < most ? to : most;
}

static cleat_status make_request(piece *p)
{
    stream *t = p->of;
    uint32_t most = most_at_once(t);
    uint32_t len = p->wanted < most ? p->wanted : most;
    switch (p->step) {
    case PIECE_READ:
        return cleat_sftp_read(t->from->remote.sftp, &t->source, p->offset, p->data, len, p);
    case PIECE_LOOK:
        return cleat_sftp_read(t->to->remote.sftp, &t->old, p->offset, p->there, p->have, p);
    default:
        return cleat_sftp_write(t->to->remote.sftp, &t->sink, p->offset, p->data, p->have, p);
    }
}

static void request(piece *p)
{
    stream *t = p->of;
    cleat_status st = make_request(p);
    if (st == CLEAT_OK) {
        cleat_sftp_link_send((p->step == PIECE_READ ? t->from : t->to)->remote.link);
        return;
    }
    give_up(t, cleat_status_text(st));
    rest(p);
}

/* Counts also where the copy has failed meanwhile. */
static void is_through(piece *p, uint32_t len)
{
    p->of->done += len;
    p->offset += len;
    p->wanted -= len;
    p->step = PIECE_READ;
}

static void was_read(piece *p, const cleat_sftp_answer *answer)
{
    stream *t = p->of;
    p->have = answer->read;
    if (p->have)
        p->step = t->compares ? PIECE_LOOK : PIECE_WRITE;
    else if (!t->failed)
        *(t->size ? &t->shorter : &t->ended) = true;
}

static void was_looked_at(piece *p, const cleat_sftp_answer *answer)
{
    if (answer->read && memcmp(p->data, p->there, answer->read) == 0)
        is_through(p, answer->read);
    else
        p->of->differs = true;
}

/* True: it goes on. */
static bool take_answer(piece *p, const cleat_sftp_answer *answer)
{
    bool at_end = p->step != PIECE_WRITE && answer->code == CLEAT_SFTP_EOF;
    if (answer->code != CLEAT_SFTP_OK && !at_end) {
        give_up(p->of, answer->text ? answer->text : "Failure");
        return false;
    }
    if (p->step == PIECE_READ) {
        was_read(p, answer);
        return p->step != PIECE_READ;
    }
    if (p->step == PIECE_LOOK)
        was_looked_at(p, answer);
    else
        is_through(p, p->have);
    return p->wanted && p->step == PIECE_READ;
}

static void on_piece(cleat_sftp_waiter *waiter, const cleat_sftp_answer *answer)
{
    piece *p = (piece *)waiter;
    const stream *t = p->of;
    if (take_answer(p, answer) && !t->failed && !t->differs && !is_stopped(t))
        request(p);
    else
        rest(p);
}

static bool may_begin(const stream *t)
{
    uint64_t rate = t->s->options.rate_max;
    uint64_t spent = uv_now(t->from->loop) - t->began;
    bool more = t->size ? t->next < t->size : !t->busy && !t->ended;
    return more && !t->failed && !t->shorter && !t->differs && !is_stopped(t) &&
           (!rate || t->next <= spent * rate / 1000);
}

static void begin_pieces(stream *t)
{
    for (size_t i = 0; i < CROSS_PIECES && may_begin(t); i++) {
        piece *p = &t->pieces[i];
        if (p->busy)
            continue;
        uint64_t left = t->size ? t->size - t->next : CROSS_PIECE;
        p->waiter.on_answer = on_piece;
        p->of = t;
        p->offset = t->next;
        p->wanted = left < CROSS_PIECE ? (uint32_t)left : CROSS_PIECE;
        p->step = PIECE_READ;
        p->busy = true;
        t->busy++;
        t->next += p->wanted;
        request(p);
    }
}

static bool is_over(const stream *t)
{
    bool whole = t->size ? t->next >= t->size : t->ended;
    return !t->busy && (whole || t->failed || t->shorter || t->differs);
}

void pieces_run(cross *c, const char *name)
{
    stream *t = c->stream;
    do {
        begin_pieces(t);
        if (!is_over(t))
            uv_run(c->from->loop, UV_RUN_ONCE);
        progress_update(&c->from->progress, name, t->done, t->size);
    } while (!cross_gone(c) && !is_over(t));
}

uint64_t pieces_whole(const stream *t)
{
    uint64_t whole = t->next < t->broken_at ? t->next : t->broken_at;
    for (size_t i = 0; i < CROSS_PIECES; i++) {
        if (t->pieces[i].busy && t->pieces[i].offset < whole)
            whole = t->pieces[i].offset;
    }
    return whole;
}
