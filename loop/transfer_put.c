/* From here to the server: files, directories, links. */
#include "transfer.h"

#include <stdlib.h>
#include <string.h>

/* ---- reading ---- */

/* Less than was asked for is the end of the file. */
static void has_read(job *j, chunk *c)
{
    if (j->failed || job_broke(j) || !c->have) {
        data_end(j);
        chunk_give(c);
    } else {
        if (c->have < c->len)
            data_end(j);
        if (c->offset + c->have > j->size)
            j->size = c->offset + c->have; /* it has grown since it was looked at */
        c->ready = true;
    }
    write_ready(j);
}

static void put_more(job *j)
{
    chunk *c;
    uint64_t room;
    while (j->asking && map_next(j, &room)) {
        bool one_by_one = !job_has_size(j) || j->at >= j->size;
        if ((one_by_one && j->oldest) || !(c = chunk_take(j, room)))
            return;
        job_work(j, c, local_read, has_read);
    }
    write_ready(j);
}

/* ---- a directory ---- */

static void put_any(job *j);

static void put_entries(job *d)
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
    list_leave(d);
}

/* ---- anything ---- */

static void take_facts(job *j, const uv_fs_t *fs)
{
    local_attrs(j, &fs->statbuf);
    j->allocated = fs->statbuf.st_blocks * 512;
}

/* Since it was looked at it may have become a link, or a FIFO, which would hold up a thread. */
static void open_source(job *j)
{
    uv_fs_t fs;
    int flags = UV_FS_O_RDONLY | UV_FS_O_NONBLOCK | (job_follows(j) ? 0 : UV_FS_O_NOFOLLOW);
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
    if (job_follows(j))
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

static void put_file(job *j)
{
    map_begin_local(j);
    if (!j->failed)
        write_file(j);
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
        write_link(j);
        break;
    case CLEAT_SFTP_DIRECTORY:
        if (job_too_deep(j))
            break;
        if (j->t->options.recurse)
            write_directory(j);
        else
            job_fail(j, CLEAT_E_BAD_CALL, "%s is a directory: not copied without -r", j->from);
        break;
    default:
        job_fail(j, CLEAT_E_UNSUPPORTED, "%s is neither file nor directory: left out", j->from);
        break;
    }
}

static void put_any(job *j)
{
    job_work(j, NULL, look, looked);
}

const transfer_kind transfer_put = {
    .writes = true, .any = put_any, .entries = put_entries, .more = put_more};
