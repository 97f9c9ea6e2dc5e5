/* The server's files as sources: what each is, and its data, of which many chunks are asked for at
 * a time, up to the end. */
#include "transfer.h"

/* ---- data ---- */

static void on_data(cleat_sftp_waiter *waiter, const cleat_sftp_answer *answer);

/* Asks for what is missing of the chunk. */
static void ask(chunk *c)
{
    job *j = c->j;
    cleat_status st = cleat_sftp_read(j->t->s, &j->source, c->offset + c->have, c->bytes + c->have,
                                      c->len - c->have, &c->waiter);
    chunk_asked(c, st);
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

/* ---- what it is ---- */

static void on_open(job *j, const cleat_sftp_answer *answer)
{
    if (answer->code != CLEAT_SFTP_OK) {
        job_refused(j, j->from, answer);
        return;
    }
    j->source = answer->handle;
    j->has_source = true;
    j->t->kind->file(j);
}

static void on_link(job *j, const cleat_sftp_answer *answer)
{
    if (answer->code != CLEAT_SFTP_OK) {
        job_refused(j, j->from, answer);
        return;
    }
    j->target = loop_text(answer->names[0].name);
    if (j->target)
        j->t->kind->link(j);
    else
        job_fail(j, CLEAT_E_NOMEM, "%s: out of memory", j->from);
}

static void read_known(job *j)
{
    cleat_sftp *s = j->t->s;
    switch (j->type) {
    case CLEAT_SFTP_DIRECTORY:
        if (job_too_deep(j))
            break;
        if (j->t->options.recurse)
            j->t->kind->directory(j);
        else
            job_fail(j, CLEAT_E_BAD_CALL, "remote %s is a directory: not copied without -r",
                     j->from);
        break;
    case CLEAT_SFTP_SYMLINK:
        j->on_answer = on_link;
        job_asked(j, cleat_sftp_readlink(s, j->from, &j->waiter));
        break;
    case CLEAT_SFTP_REGULAR:
    case CLEAT_SFTP_UNKNOWN:
        j->on_answer = on_open;
        job_asked(j, cleat_sftp_open(s, j->from, CLEAT_SFTP_READ_DATA, CLEAT_SFTP_OPEN_EXISTING,
                                     NULL, &j->waiter));
        break;
    default:
        job_fail(j, CLEAT_E_UNSUPPORTED, "remote %s is neither file nor directory: left out",
                 j->from);
        break;
    }
}

static void on_attrs(job *j, const cleat_sftp_answer *answer)
{
    if (answer->code != CLEAT_SFTP_OK) {
        job_refused(j, j->from, answer);
        return;
    }
    job_take_attrs(j, answer->attrs);
    if (job_follows(j) && j->type == CLEAT_SFTP_SYMLINK)
        job_fail(j, CLEAT_E_PROTO, "remote %s: the server calls what a link leads to a link",
                 j->from);
    else
        read_known(j);
}

/* What a list of names said is believed, but for links that are to be followed. */
void read_any(job *j)
{
    bool follow = job_follows(j);
    bool known = j->parent && j->type && j->type != CLEAT_SFTP_UNKNOWN &&
                 !(follow && j->type == CLEAT_SFTP_SYMLINK);
    if (known) {
        read_known(j);
        return;
    }
    j->on_answer = on_attrs;
    job_asked(j, cleat_sftp_stat(j->t->s, j->from, follow, &j->waiter));
}
