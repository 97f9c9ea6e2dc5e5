/* From the server to here: files, directories, links. */
#include "transfer.h"

#include "port.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OWNER_ALL = 0700, MODE_MASK = 0777 };

/* ---- a file's data ---- */

/* The local file is made when there is something to put into it. */
static void create_and_write(job *j, chunk *c)
{
    if (j->file < 0)
        local_create(j, true);
    local_write(j, c);
    j->wrote = !j->error.error;
}

static void complete(job *j, chunk *c)
{
    (void)c;
    if (j->file < 0) /* it is empty */
        local_create(j, true);
    if (!j->error.error)
        local_complete(j);
}

/* What is left of a file: many are no longer than this, and need one turn of a thread then. */
static void write_and_complete(job *j, chunk *c)
{
    create_and_write(j, c);
    if (j->wrote)
        complete(j, NULL);
}

static void store_ready(job *j);

static void stored(job *j, chunk *c)
{
    j->begun = j->file >= 0 || j->wrote;
    j->storing = false;
    for (chunk *next; c; c = next) {
        next = c->next;
        j->done += j->wrote ? c->have : 0;
        chunk_give(c);
    }
    if (!job_broke(j))
        job_tell(j, CLEAT_TRANSFER_PROGRESS, NULL);
    store_ready(j);
}

/* Cuts off what can be written at once: chunks that follow one another. */
static chunk *take_batch(job *j)
{
    chunks_drop_behind_end(j);
    chunk *first = chunk_first(j);
    chunk *last = NULL;
    chunk *c = first;
    for (unsigned n = 0; c && n < TRANSFER_BATCH; n++) {
        if (last)
            last->next = c;
        last = c;
        chunk_pass(j);
        c = chunk_first(j);
        if (c && (c->offset != last->offset + last->have || c->offset >= j->ended_at))
            break;
    }
    return first;
}

/* They end the file as it was looked at; one that was not, or has holes, is looked at again. What
 * goes to the disk takes its time, and is told of before. */
static bool are_the_rest(const job *j, const chunk *batch)
{
    const cleat_transfer_options *o = &j->t->options;
    uint64_t end = batch->offset;
    for (const chunk *c = batch; c; c = c->next)
        end += c->have;
    return !j->asking && !j->oldest && !j->map && !o->atomic && !o->sync && job_has_size(j) &&
           end >= j->size;
}

/* One thread writes to a file at a time. */
static void store_ready(job *j)
{
    chunk *batch = j->storing || j->failed ? NULL : take_batch(j);
    if (!batch)
        return;
    j->storing = j->begun = true;
    j->completed = are_the_rest(j, batch);
    job_work(j, batch, j->completed ? write_and_complete : create_and_write, stored);
}

/* ---- a file ---- */

static void completed(job *j, chunk *c)
{
    (void)c;
    if (!job_broke(j))
        job_tell(j, CLEAT_TRANSFER_END, NULL);
}

static void finish_file(job *j);

/* The name may mean another file than the one that was looked at, or that has changed. */
static void on_size_again(job *j, const cleat_sftp_answer *answer)
{
    bool known = answer->code == CLEAT_SFTP_OK && (answer->attrs->has & CLEAT_SFTP_HAS_SIZE);
    if (known && !j->map && answer->attrs->size == j->done)
        j->size = j->done; /* it is whole */
    else if (known && j->map && answer->attrs->size < j->size)
        job_fail(j, CLEAT_E_TRUNCATED, "remote %s became shorter while it was read", j->from);
}

static void check_size(job *j)
{
    j->checked = true;
    j->on_idle = finish_file;
    j->on_answer = on_size_again;
    job_asked(j, cleat_sftp_fstat(j->t->s, &j->source, &j->waiter));
}

static void finish_file(job *j)
{
    bool whole = !job_has_size(j) || j->done >= j->size;
    if ((!whole || j->map) && !j->checked) {
        check_size(j);
        return;
    }
    if (!whole) {
        job_fail(j, CLEAT_E_TRUNCATED, "remote %s ended early; %s has %llu of %llu bytes",
                 path_shown(j->from).text, path_shown(j->part).text, (unsigned long long)j->done,
                 (unsigned long long)j->size);
        return;
    }
    if (j->completed)
        completed(j, NULL);
    else
        job_work(j, NULL, complete, completed);
}

static void begin_data(job *j)
{
    j->on_idle = finish_file;
    map_begin_remote(j);
    if (!j->failed)
        data_begin(j);
}

static void on_size(job *j, const cleat_sftp_answer *answer)
{
    job_take_size(j, answer);
    begin_data(j);
}

/* A map of holes needs the size of the file that was opened. Without one, data is read until there
 * is no more. */
static void begin_file(job *j)
{
    if (!map_is_worth_it(j)) {
        begin_data(j);
        return;
    }
    j->on_answer = on_size;
    job_asked(j, cleat_sftp_fstat(j->t->s, &j->source, &j->waiter));
}

static void open_for_more(job *j, chunk *c)
{
    (void)c;
    local_create(j, false);
}

static void opened_for_more(job *j, chunk *c)
{
    (void)c;
    if (job_broke(j))
        return;
    j->begun = true;
    if (j->done && !(j->has & CLEAT_SFTP_HAS_SIZE))
        job_fail(j, CLEAT_E_UNSUPPORTED, "remote %s: its size is not told, so it cannot be resumed",
                 j->from);
    else if (j->done > j->size)
        job_fail(j, CLEAT_E_EXISTS, "%s has more bytes than remote %s: it cannot be resumed",
                 j->part, j->from);
    else
        begin_file(j);
}

static void get_file(job *j)
{
    if (!job_name_part(j))
        return;
    if (j->t->options.resume)
        job_work(j, NULL, open_for_more, opened_for_more);
    else
        begin_file(j);
}

/* ---- a link ---- */

static void make_link(job *j, chunk *c)
{
    uv_fs_t fs;
    (void)c;
    int result = uv_fs_symlink(NULL, &fs, j->target, j->to, 0, NULL);
    uv_fs_req_cleanup(&fs);
    if (result == UV_EEXIST) {
        uv_fs_lstat(NULL, &fs, j->to, NULL);
        bool is_link = fs.result == 0 && (fs.statbuf.st_mode & S_IFMT) == S_IFLNK;
        uv_fs_req_cleanup(&fs);
        if (is_link) {
            uv_fs_unlink(NULL, &fs, j->to, NULL);
            uv_fs_req_cleanup(&fs);
            result = uv_fs_symlink(NULL, &fs, j->target, j->to, 0, NULL);
            uv_fs_req_cleanup(&fs);
        }
    }
    if (result == 0 && j->t->options.preserve && (j->has & CLEAT_SFTP_HAS_MTIME)) {
        result =
            uv_fs_lutime(NULL, &fs, j->to, local_seconds(j->atime), local_seconds(j->mtime), NULL);
        uv_fs_req_cleanup(&fs);
    }
    if (result < 0)
        local_fail(j, result, j->to);
}

static void get_link(job *j)
{
    job_work(j, NULL, make_link, completed);
}

/* ---- a directory ---- */

/* One that is there already is fine, unless it is a link within the tree. */
static void make_directory(job *j, chunk *c)
{
    uv_fs_t fs;
    int mode = j->has & CLEAT_SFTP_HAS_PERMISSIONS ? (int)(j->permissions & MODE_MASK) | OWNER_ALL
                                                   : MODE_MASK;
    (void)c;
    int result = uv_fs_mkdir(NULL, &fs, j->to, mode, NULL);
    uv_fs_req_cleanup(&fs);
    if (result == UV_EEXIST) {
        if (job_name_is_peers(j))
            uv_fs_lstat(NULL, &fs, j->to, NULL);
        else
            uv_fs_stat(NULL, &fs, j->to, NULL);
        bool is_directory = fs.result == 0 && (fs.statbuf.st_mode & S_IFMT) == S_IFDIR;
        uv_fs_req_cleanup(&fs);
        result = is_directory ? 0 : UV_ENOTDIR;
    }
    if (result < 0)
        local_fail(j, result, j->to);
}

static void set_directory(job *j, chunk *c)
{
    uv_fs_t fs;
    int result = 0;
    (void)c;
    if (j->has & CLEAT_SFTP_HAS_PERMISSIONS) {
        result = uv_fs_chmod(NULL, &fs, j->to, (int)(j->permissions & MODE_MASK), NULL);
        uv_fs_req_cleanup(&fs);
    }
    if (result == 0 && (j->has & CLEAT_SFTP_HAS_MTIME)) {
        result =
            uv_fs_utime(NULL, &fs, j->to, local_seconds(j->atime), local_seconds(j->mtime), NULL);
        uv_fs_req_cleanup(&fs);
    }
    if (result < 0)
        local_fail(j, result, j->to);
}

static void directory_set(job *j, chunk *c)
{
    (void)c;
    job_broke(j);
}

/* After everything in it, which would change the time. */
static void finish_directory(job *j)
{
    if (j->t->options.preserve)
        job_work(j, NULL, set_directory, directory_set);
}

static void made_directory(job *d, chunk *c)
{
    (void)c;
    if (job_broke(d))
        return;
    job_tell(d, CLEAT_TRANSFER_DIR, NULL);
    d->on_idle = finish_directory;
    job_list(d);
}

static void get_directory(job *d)
{
    job_work(d, NULL, make_directory, made_directory);
}

const transfer_kind transfer_get = {.reads = true,
                                    .any = read_any,
                                    .entries = list_entries,
                                    .file = get_file,
                                    .link = get_link,
                                    .directory = get_directory,
                                    .more = read_more,
                                    .arrived = store_ready};
