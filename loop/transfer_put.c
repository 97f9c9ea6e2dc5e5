/* From here to the server: files, directories, links. */
#include "port.h"
#include "transfer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OWNER_ALL = 0700 };

static void refused(job *j, const cleat_sftp_answer *answer)
{
    job_refused(j, j->part, answer);
}

/* What the server is told of the source. */
static cleat_sftp_attrs attrs_of(const job *j, bool times)
{
    cleat_sftp_attrs a = {.has = CLEAT_SFTP_HAS_PERMISSIONS,
                          .type = j->type,
                          .permissions = j->permissions,
                          .atime = j->atime,
                          .mtime = j->mtime};
    if (times)
        a.has |= CLEAT_SFTP_HAS_ATIME | CLEAT_SFTP_HAS_MTIME | CLEAT_SFTP_HAS_NANOSECONDS;
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
        if (c->offset < j->broken_at)
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

static void put_whole(job *j)
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
        put_whole(j);
        return;
    }
    j->on_idle = put_whole;
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
    const cleat_sftp_attrs length = {.has = CLEAT_SFTP_HAS_SIZE, .size = j->size};
    j->closed = true;
    j->on_answer = on_status;
    if (j->map) /* it may end in a hole */
        job_asked(j, cleat_sftp_fsetstat(s, &j->handle, &length, &j->waiter));
    if (o->preserve) {
        const cleat_sftp_attrs a = attrs_of(j, true);
        job_asked(j, cleat_sftp_fsetstat(s, &j->handle, &a, &j->waiter));
    }
    if (o->sync || o->atomic) {
        cleat_status st = cleat_sftp_fsync(s, &j->handle, &j->waiter);
        if (st != CLEAT_E_UNSUPPORTED)
            job_asked(j, st);
    }
    job_asked(j, cleat_sftp_close(s, &j->handle, &j->waiter));
    j->has_handle = false;
}

static void close_if_all_sent(job *j)
{
    if (j->has_handle && !j->asking && !j->reading && !j->closed && !j->failed)
        close_behind(j);
}

/* ---- reading ---- */

static void put(chunk *c)
{
    job *j = c->j;
    j->reading--;
    c->waiter.on_answer = on_written;
    cleat_status st =
        cleat_sftp_write(j->t->s, &j->handle, c->offset, c->bytes, c->have, &c->waiter);
    if (st == CLEAT_OK) {
        chunk_sent(c);
        return;
    }
    job_fail(j, st, "%s: %s", j->from, cleat_status_text(st));
    chunk_give(c);
}

static void send_ready(job *j)
{
    chunk *c;
    while (!j->failed && j->has_handle && (c = chunk_first(j)) != NULL) {
        chunk_pass(j);
        put(c);
    }
}

/* Less than was asked for is the end of the file. */
static void has_read(job *j, chunk *c)
{
    if (j->failed || job_broke(j) || !c->have) {
        j->reading--;
        data_end(j);
        chunk_give(c);
    } else {
        if (c->have < c->len)
            data_end(j);
        if (c->offset + c->have > j->size)
            j->size = c->offset + c->have; /* it has grown since it was looked at */
        c->ready = true;
    }
    send_ready(j);
    close_if_all_sent(j);
}

void put_more(job *j)
{
    chunk *c;
    uint64_t room;
    while (j->asking && map_next(j, &room)) {
        bool one_by_one = !job_has_size(j) || j->at >= j->size;
        if ((one_by_one && j->reading) || !(c = chunk_take(j, room)))
            return;
        j->reading++;
        job_work(j, c, local_read, has_read);
    }
    close_if_all_sent(j);
}

/* ---- a file ---- */

static void on_open(job *j, const cleat_sftp_answer *answer)
{
    if (answer->code != CLEAT_SFTP_OK) {
        j->begun = false;
        refused(j, answer);
        return;
    }
    j->handle = answer->handle;
    j->has_handle = true;
    send_ready(j);
    close_if_all_sent(j);
}

static void open_remote(job *j)
{
    const cleat_sftp_attrs a = attrs_of(j, false);
    uint32_t how = j->t->options.resume ? CLEAT_SFTP_OPEN_OR_CREATE
                   : job_part_is_new(j) ? CLEAT_SFTP_CREATE_NEW
                                        : CLEAT_SFTP_CREATE_TRUNCATE;
    j->on_idle = j->part == j->to ? put_whole : rename_part;
    j->on_answer = on_open;
    job_asked(j, cleat_sftp_open(j->t->s, j->part, CLEAT_SFTP_WRITE_DATA, how, &a, &j->waiter));
    if (j->failed)
        return;
    j->begun = true;
    data_begin(j); /* what is read waits until the file is open */
}

static void on_remote_size(job *j, const cleat_sftp_answer *answer)
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
    open_remote(j);
}

static void put_file(job *j)
{
    map_begin_local(j);
    if (j->failed)
        return;
    if (!job_name_part(j))
        return;
    if (!j->t->options.resume) {
        open_remote(j);
        return;
    }
    j->on_answer = on_remote_size;
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
    const cleat_sftp_attrs times = {.has = CLEAT_SFTP_HAS_ATIME | CLEAT_SFTP_HAS_MTIME |
                                           CLEAT_SFTP_HAS_NANOSECONDS,
                                    .type = j->type,
                                    .atime = j->atime,
                                    .mtime = j->mtime};
    cleat_status st = CLEAT_E_UNSUPPORTED;
    if (j->t->options.preserve)
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

void put_entries(job *d)
{
    uv_dirent_t entry;
    while (d->t->waiting < TRANSFER_QUEUE_MAX && !d->failed) {
        if (uv_fs_scandir_next(&d->entries, &entry) < 0)
            break;
        size_t len = strlen(entry.name);
        job *j = job_new(d->t, d, path_below(d->from, entry.name, len),
                         path_below(d->to, entry.name, len), put_any);
        if (j)
            job_queue(j);
    }
    if (d->t->waiting >= TRANSFER_QUEUE_MAX && !d->failed)
        return;
    for (job **at = &d->t->directories; *at; at = &(*at)->next) {
        if (*at == d) {
            *at = d->next;
            break;
        }
    }
    d->next = NULL;
    job_release(d);
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

static void put_directory(job *d)
{
    cleat_sftp_attrs a = attrs_of(d, false);
    a.permissions |= OWNER_ALL;
    d->on_answer = on_mkdir;
    job_asked(d, cleat_sftp_mkdir(d->t->s, d->to, &a, &d->waiter));
}

/* ---- anything ---- */

static void take_facts(job *j, const uv_fs_t *fs)
{
    local_attrs(j, &fs->statbuf);
    j->allocated = fs->statbuf.st_blocks * 512;
}

static bool follows(const job *j)
{
    return !j->parent || j->t->options.follow;
}

/* Since it was looked at it may have become a link, or a FIFO, which would hold up a thread. */
static void open_source(job *j)
{
    uv_fs_t fs;
    int flags = UV_FS_O_RDONLY | UV_FS_O_NONBLOCK | (follows(j) ? 0 : UV_FS_O_NOFOLLOW);
    uv_fs_open(NULL, &fs, j->from, flags, 0, NULL);
    ssize_t file = fs.result;
    uv_fs_req_cleanup(&fs);
    if (file < 0)
        local_fail(j, (int)file, j->from);
    else
        j->file = (uv_file)file;
}

/* Of what was opened, which may be another file than the name meant before. */
static void look_at_source(job *j)
{
    uv_fs_t fs;
    if (j->file < 0)
        return;
    uv_fs_fstat(NULL, &fs, j->file, NULL);
    ssize_t result = fs.result;
    if (result < 0)
        local_fail(j, (int)result, j->from);
    else
        take_facts(j, &fs);
    uv_fs_req_cleanup(&fs);
}

static void read_link(job *j)
{
    uv_fs_t fs;
    int result = uv_fs_readlink(NULL, &fs, j->from, NULL);
    if (result < 0) {
        local_fail(j, result, j->from);
    } else {
        size_t size = strlen(fs.ptr) + 1;
        j->target = malloc(size);
        if (j->target)
            memcpy(j->target, fs.ptr, size);
        else
            local_fail(j, UV_ENOMEM, j->from);
    }
    uv_fs_req_cleanup(&fs);
}

static void read_names(job *j)
{
    int result = uv_fs_scandir(NULL, &j->entries, j->from, 0, NULL);
    j->has_entries = result >= 0;
    if (result < 0) {
        uv_fs_req_cleanup(&j->entries);
        local_fail(j, result, j->from);
    }
}

static void look(job *j, chunk *c)
{
    uv_fs_t fs;
    (void)c;
    if (follows(j))
        uv_fs_stat(NULL, &fs, j->from, NULL);
    else
        uv_fs_lstat(NULL, &fs, j->from, NULL);
    ssize_t result = fs.result;
    take_facts(j, &fs);
    uv_fs_req_cleanup(&fs);
    if (result < 0)
        local_fail(j, (int)result, j->from);
    else if (j->type == CLEAT_SFTP_REGULAR) {
        open_source(j);
        look_at_source(j);
    } else if (j->type == CLEAT_SFTP_SYMLINK)
        read_link(j);
    else if (j->type == CLEAT_SFTP_DIRECTORY && j->t->options.recurse)
        read_names(j);
}

static void looked(job *j, chunk *c)
{
    (void)c;
    if (job_broke(j))
        return;
    switch (j->type) {
    case CLEAT_SFTP_REGULAR:
        put_file(j);
        break;
    case CLEAT_SFTP_SYMLINK:
        j->on_answer = on_link;
        job_asked(j, cleat_sftp_symlink(j->t->s, j->target, j->to, &j->waiter));
        break;
    case CLEAT_SFTP_DIRECTORY:
        if (job_too_deep(j))
            break;
        if (j->t->options.recurse)
            put_directory(j);
        else
            job_fail(j, CLEAT_E_BAD_CALL, "%s is a directory: not copied without -r", j->from);
        break;
    default:
        job_fail(j, CLEAT_E_UNSUPPORTED, "%s is neither file nor directory: left out", j->from);
        break;
    }
}

void put_any(job *j)
{
    job_work(j, NULL, look, looked);
}
