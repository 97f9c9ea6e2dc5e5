/* The server's files as targets: files, directories, links. */
#include "transfer.h"

enum { OWNER_ALL = 0700, MODE_MASK = 0777 };

static void refused(job *j, const cleat_sftp_answer *answer)
{
    job_refused(j, j->part, answer);
}

/* What the server is told of the source. */
static cleat_sftp_attrs attrs_of(const job *j, bool times)
{
    const uint32_t time = CLEAT_SFTP_HAS_ATIME | CLEAT_SFTP_HAS_MTIME;
    cleat_sftp_attrs a = {.has = j->has & CLEAT_SFTP_HAS_PERMISSIONS,
                          .type = j->type,
                          .permissions = j->permissions & MODE_MASK,
                          .atime = j->atime,
                          .mtime = j->mtime};
    if (times && (j->has & time) == time)
        a.has |= time | (j->has & CLEAT_SFTP_HAS_NANOSECONDS);
    return a;
}

/* ---- a file's data ---- */

static void on_written(cleat_sftp_waiter *waiter, const cleat_sftp_answer *answer)
{
    chunk *c = (chunk *)waiter;
    job *j = c->j;
    cleat_transfer *t = j->t;
    transfer_enter(t);
    chunk_answered(c);
    if (answer->code != CLEAT_SFTP_OK) {
        if (c->offset < j->broken_at && !j->may_be_sink)
            j->broken_at = c->offset;
        refused(j, answer);
    } else if (!j->failed) {
        j->done += c->have;
        job_tell(j, CLEAT_TRANSFER_PROGRESS, NULL);
    }
    chunk_give(c);
    transfer_leave(t);
}

/* ---- behind the data ---- */

static void on_status(job *j, const cleat_sftp_answer *answer)
{
    if (answer->code != CLEAT_SFTP_OK)
        refused(j, answer);
}

static void write_whole(job *j)
{
    if (j->done < j->size)
        job_fail(j, CLEAT_E_TRUNCATED,
                 "%s became shorter while it was read; remote %s has %llu bytes",
                 path_shown(j->from).text, path_shown(j->part).text, (unsigned long long)j->done);
    else
        job_tell(j, CLEAT_TRANSFER_END, NULL);
}

/* The whole file is there and on the disk: it gets its name. */
static void rename_part(job *j)
{
    if (j->done < j->size) {
        write_whole(j);
        return;
    }
    j->on_idle = write_whole;
    j->on_answer = on_status;
    cleat_status st =
        cleat_sftp_rename(j->t->s, j->part, j->to, CLEAT_SFTP_RENAME_OVERWRITE, &j->waiter);
    if (st == CLEAT_E_UNSUPPORTED) /* it must not exist then */
        st = cleat_sftp_rename(j->t->s, j->part, j->to, 0, &j->waiter);
    job_asked(j, st);
}

/* Servers work through the requests of one handle in order, so these go right behind the data. */
static void close_behind(job *j)
{
    const cleat_transfer_options *o = &j->t->options;
    cleat_sftp *s = j->t->s;
    const cleat_sftp_attrs length = {.has = CLEAT_SFTP_HAS_SIZE,
                                     .size = j->ended_at < j->size ? j->ended_at : j->size};
    j->closed = true;
    j->on_answer = on_status;
    if (j->map || j->may_be_sink) /* it may end in a hole, or has not been emptied */
        job_asked(j, cleat_sftp_fsetstat(s, &j->sink, &length, &j->waiter));
    if (o->preserve) {
        const cleat_sftp_attrs a = attrs_of(j, true);
        job_asked(j, cleat_sftp_fsetstat(s, &j->sink, &a, &j->waiter));
    }
    if (o->sync || o->atomic) {
        cleat_status st = cleat_sftp_fsync(s, &j->sink, &j->waiter);
        if (st != CLEAT_E_UNSUPPORTED)
            job_asked(j, st);
    }
    job_asked(j, cleat_sftp_close(s, &j->sink, &j->waiter));
    j->has_sink = false;
}

static void send_chunk(chunk *c)
{
    job *j = c->j;
    c->waiter.on_answer = on_written;
    cleat_status st = cleat_sftp_write(j->t->s, &j->sink, c->offset, c->bytes, c->have, &c->waiter);
    chunk_asked(c, st);
}

void write_ready(job *j)
{
    chunk *c;
    chunks_drop_behind_end(j);
    while (!j->failed && j->has_sink && (c = chunk_first(j)) != NULL) {
        chunk_pass(j);
        send_chunk(c);
    }
    if (j->has_sink && !j->asking && !j->oldest && !j->closed && !j->failed)
        close_behind(j);
}

/* ---- a file ---- */

static void on_open(job *j, const cleat_sftp_answer *answer)
{
    if (answer->code != CLEAT_SFTP_OK) {
        j->begun = false;
        refused(j, answer);
        return;
    }
    j->sink = answer->handle;
    j->has_sink = true;
    write_ready(j);
}

static void open_sink(job *j)
{
    const cleat_sftp_attrs a = attrs_of(j, false);
    bool keeps = j->t->options.resume || j->may_be_sink;
    uint32_t how = keeps                ? CLEAT_SFTP_OPEN_OR_CREATE
                   : job_part_is_new(j) ? CLEAT_SFTP_CREATE_NEW
                                        : CLEAT_SFTP_CREATE_TRUNCATE;
    j->on_idle = j->part == j->to ? write_whole : rename_part;
    j->on_answer = on_open;
    job_asked(j, cleat_sftp_open(j->t->s, j->part, CLEAT_SFTP_WRITE_DATA, how, &a, &j->waiter));
    if (j->failed)
        return;
    j->begun = true;
    data_begin(j); /* what is read waits until the file is open */
}

static void on_size_there(job *j, const cleat_sftp_answer *answer)
{
    bool missing =
        answer->code == CLEAT_SFTP_NO_SUCH_FILE || answer->code == CLEAT_SFTP_NO_SUCH_PATH;
    if (answer->code != CLEAT_SFTP_OK && !missing) {
        refused(j, answer);
        return;
    }
    if (!missing && !(answer->attrs->has & CLEAT_SFTP_HAS_SIZE)) {
        job_fail(j, CLEAT_E_UNSUPPORTED, "remote %s: its size is not told, so it cannot be resumed",
                 j->part);
        return;
    }
    uint64_t there = missing ? 0 : answer->attrs->size;
    if (there > j->size) {
        job_fail(j, CLEAT_E_EXISTS, "remote %s has more bytes than %s: it cannot be resumed",
                 j->part, j->from);
        return;
    }
    j->at = j->done = there;
    open_sink(j);
}

static bool is_like_source(const job *j, const cleat_sftp_attrs *a)
{
    bool same_size = !(a->has & CLEAT_SFTP_HAS_SIZE) || a->size == j->size;
    bool timed = j->has & a->has & CLEAT_SFTP_HAS_MTIME;
    return same_size && (!timed || a->mtime.seconds == j->mtime.seconds);
}

/* A source that is emptied for its own copy would be lost. SFTP does not tell which names are of
 * one file, so whatever looks like the source is written over as it is, and cut at the end. */
static void on_file_there(job *j, const cleat_sftp_answer *answer)
{
    j->may_be_sink =
        answer->code == CLEAT_SFTP_OK && job_has_size(j) && is_like_source(j, answer->attrs);
    open_sink(j);
}

void write_file(job *j)
{
    bool resume = j->t->options.resume;
    if (!job_name_part(j))
        return;
    if (!resume && (!j->t->kind->reads || job_part_is_new(j))) {
        open_sink(j);
        return;
    }
    j->on_answer = resume ? on_size_there : on_file_there;
    job_asked(j, cleat_sftp_stat(j->t->s, j->part, true, &j->waiter));
}

/* ---- a link ---- */

static void on_link_times(job *j, const cleat_sftp_answer *answer)
{
    if (answer->code == CLEAT_SFTP_OK || answer->code == CLEAT_SFTP_OP_UNSUPPORTED)
        job_tell(j, CLEAT_TRANSFER_END, NULL);
    else
        refused(j, answer);
}

/* The times are the link's own, where the server can set them. */
static void finish_link(job *j)
{
    cleat_sftp_attrs times = attrs_of(j, true);
    times.has &= ~(uint32_t)CLEAT_SFTP_HAS_PERMISSIONS;
    cleat_status st = CLEAT_E_UNSUPPORTED;
    if (j->t->options.preserve && times.has)
        st = cleat_sftp_setstat(j->t->s, j->to, false, &times, &j->waiter);
    if (st == CLEAT_E_UNSUPPORTED) {
        job_tell(j, CLEAT_TRANSFER_END, NULL);
        return;
    }
    j->on_answer = on_link_times;
    job_asked(j, st);
}

static void on_link_again(job *j, const cleat_sftp_answer *answer)
{
    if (answer->code == CLEAT_SFTP_OK)
        finish_link(j);
    else
        refused(j, answer);
}

static void on_old_removed(job *j, const cleat_sftp_answer *answer)
{
    if (answer->code != CLEAT_SFTP_OK) {
        refused(j, answer);
        return;
    }
    j->on_answer = on_link_again;
    job_asked(j, cleat_sftp_symlink(j->t->s, j->target, j->to, &j->waiter));
}

/* Only a link makes way for a link. */
static void on_old(job *j, const cleat_sftp_answer *answer)
{
    if (answer->code != CLEAT_SFTP_OK || answer->attrs->type != CLEAT_SFTP_SYMLINK) {
        job_fail(j, CLEAT_E_EXISTS, "remote %s: cannot be made a link to %s", j->to, j->target);
        return;
    }
    j->on_answer = on_old_removed;
    job_asked(j, cleat_sftp_remove(j->t->s, j->to, &j->waiter));
}

static void on_link(job *j, const cleat_sftp_answer *answer)
{
    if (answer->code == CLEAT_SFTP_OK) {
        finish_link(j);
        return;
    }
    j->on_answer = on_old;
    job_asked(j, cleat_sftp_stat(j->t->s, j->to, false, &j->waiter));
}

void write_link(job *j)
{
    j->on_answer = on_link;
    job_asked(j, cleat_sftp_symlink(j->t->s, j->target, j->to, &j->waiter));
}

/* ---- a directory ---- */

static void on_directory_set(job *j, const cleat_sftp_answer *answer)
{
    if (answer->code != CLEAT_SFTP_OK)
        refused(j, answer);
}

static void finish_directory(job *d)
{
    if (!d->t->options.preserve)
        return;
    const cleat_sftp_attrs a = attrs_of(d, true);
    d->on_answer = on_directory_set;
    job_asked(d, cleat_sftp_setstat(d->t->s, d->to, true, &a, &d->waiter));
}

static void begin_directory(job *d)
{
    job_tell(d, CLEAT_TRANSFER_DIR, NULL);
    d->on_idle = finish_directory;
    job_list(d);
}

static void on_there(job *d, const cleat_sftp_answer *answer)
{
    if (answer->code != CLEAT_SFTP_OK || answer->attrs->type != CLEAT_SFTP_DIRECTORY)
        job_fail(d, CLEAT_E_EXISTS, "remote %s: cannot be made a directory", d->to);
    else
        begin_directory(d);
}

static void on_mkdir(job *d, const cleat_sftp_answer *answer)
{
    if (answer->code == CLEAT_SFTP_OK) {
        begin_directory(d);
        return;
    }
    if (answer->code == CLEAT_SFTP_PERMISSION_DENIED || answer->code == CLEAT_SFTP_NO_SUCH_FILE) {
        refused(d, answer);
        return;
    }
    d->on_answer = on_there; /* it may exist */
    job_asked(d, cleat_sftp_stat(d->t->s, d->to, true, &d->waiter));
}

void write_directory(job *d)
{
    cleat_sftp_attrs a = attrs_of(d, false);
    a.permissions |= OWNER_ALL;
    d->on_answer = on_mkdir;
    job_asked(d, cleat_sftp_mkdir(d->t->s, d->to, &a, &d->waiter));
}
