/* What a transfer does with local files. All of it may block and runs in libuv's threads, where the
 * job and its chunk belong to the work alone. */
#include "transfer.h"

#include "fs.h"

#include <string.h>

enum { MODE_MASK = 0777, MODE_NEW = 0666, OWNER_WRITES = 0200 };

void local_fail(job *j, int uv_error, const char *path)
{
    if (!j->error.error)
        j->error = (local_error){uv_error, path};
}

/* The result of a call that was made at once. */
static ssize_t result_of(uv_fs_t *fs)
{
    ssize_t result = fs->result;
    uv_fs_req_cleanup(fs);
    return result;
}

static bool check(job *j, uv_fs_t *fs, const char *path)
{
    ssize_t result = result_of(fs);
    if (result < 0)
        local_fail(j, (int)result, path);
    return result >= 0;
}

void local_attrs(job *j, const uv_stat_t *st)
{
    static const struct {
        unsigned mode;
        cleat_sftp_type type;
    } types[] = {{S_IFREG, CLEAT_SFTP_REGULAR},
                 {S_IFDIR, CLEAT_SFTP_DIRECTORY},
                 {S_IFLNK, CLEAT_SFTP_SYMLINK},
                 {S_IFCHR, CLEAT_SFTP_CHAR_DEVICE},
                 {S_IFIFO, CLEAT_SFTP_FIFO}};
    j->type = CLEAT_SFTP_SPECIAL;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if ((st->st_mode & S_IFMT) == types[i].mode)
            j->type = types[i].type;
    }
    j->has = CLEAT_SFTP_HAS_SIZE | CLEAT_SFTP_HAS_PERMISSIONS | CLEAT_SFTP_HAS_ATIME |
             CLEAT_SFTP_HAS_MTIME | CLEAT_SFTP_HAS_NANOSECONDS;
    j->size = st->st_size;
    j->permissions = (uint32_t)st->st_mode & MODE_MASK;
    j->atime = (cleat_sftp_time){st->st_atim.tv_sec, (uint32_t)st->st_atim.tv_nsec};
    j->mtime = (cleat_sftp_time){st->st_mtim.tv_sec, (uint32_t)st->st_mtim.tv_nsec};
}

void local_close(job *j)
{
    uv_fs_t fs;
    if (j->file < 0)
        return;
    uv_fs_close(NULL, &fs, j->file, NULL);
    j->file = -1;
    check(j, &fs, j->part);
}

/* ---- data ---- */

void local_read(job *j, chunk *c)
{
    while (c->have < c->len) {
        uv_fs_t fs;
        const uv_buf_t buf = uv_buf_init((char *)c->bytes + c->have, c->len - c->have);
        uv_fs_read(NULL, &fs, j->file, &buf, 1, (int64_t)(c->offset + c->have), NULL);
        ssize_t n = result_of(&fs);
        if (n < 0)
            local_fail(j, (int)n, j->from);
        if (n <= 0)
            return;
        c->have += (uint32_t)n;
    }
}

static size_t as_bufs(uv_buf_t bufs[TRANSFER_BATCH], chunk *c)
{
    size_t count = 0;
    for (; c; c = c->next)
        bufs[count++] = uv_buf_init((char *)c->bytes, c->have);
    return count;
}

/* The buffers without their first n bytes. */
static void advance(uv_buf_t **bufs, size_t *count, size_t n)
{
    while (*count && n >= (*bufs)->len) {
        n -= (*bufs)->len;
        ++*bufs;
        --*count;
    }
    if (*count) {
        (*bufs)->base += n;
        (*bufs)->len -= (unsigned)n;
    }
}

void local_write(job *j, chunk *c)
{
    uv_buf_t room[TRANSFER_BATCH];
    uv_buf_t *bufs = room;
    size_t count = as_bufs(room, c);
    uint64_t offset = c->offset;
    while (count && j->file >= 0) {
        uv_fs_t fs;
        uv_fs_write(NULL, &fs, j->file, bufs, (unsigned)count, (int64_t)offset, NULL);
        ssize_t n = result_of(&fs);
        if (n <= 0) {
            local_fail(j, n < 0 ? (int)n : UV_EIO, j->part);
            return;
        }
        offset += (uint64_t)n;
        advance(&bufs, &count, (size_t)n);
    }
}

/* ---- the target of a GET ---- */

static void take_size(job *j)
{
    uv_fs_t fs;
    uv_fs_fstat(NULL, &fs, j->file, NULL);
    uint64_t size = fs.statbuf.st_size;
    if (check(j, &fs, j->part))
        j->at = j->done = size;
}

/* A link would lead where the server chose, by the name; a FIFO would hold up a thread. */
void local_create(job *j, bool truncate)
{
    uv_fs_t fs;
    int mode = j->has & CLEAT_SFTP_HAS_PERMISSIONS
                   ? (int)(j->permissions & MODE_MASK) | OWNER_WRITES
                   : MODE_NEW;
    int flags = UV_FS_O_WRONLY | UV_FS_O_CREAT | UV_FS_O_NONBLOCK | (truncate ? UV_FS_O_TRUNC : 0) |
                (job_name_is_peers(j) ? UV_FS_O_NOFOLLOW : 0) |
                (job_part_is_new(j) ? UV_FS_O_EXCL : 0);
    uv_fs_open(NULL, &fs, j->part, flags, mode, NULL);
    ssize_t file = result_of(&fs);
    if (file < 0) {
        local_fail(j, (int)file, j->part);
        return;
    }
    j->file = (uv_file)file;
    if (j->map)
        port_file_sparse(j->file);
    if (!truncate)
        take_size(j);
}

double local_seconds(cleat_sftp_time time)
{
    return (double)time.seconds + (double)time.nanoseconds / 1e9;
}

static void preserve(job *j)
{
    const uint32_t times = CLEAT_SFTP_HAS_ATIME | CLEAT_SFTP_HAS_MTIME;
    uv_fs_t fs;
    if (j->has & CLEAT_SFTP_HAS_PERMISSIONS) {
        uv_fs_fchmod(NULL, &fs, j->file, (int)(j->permissions & MODE_MASK), NULL);
        check(j, &fs, j->part);
    }
    if ((j->has & times) == times) {
        uv_fs_futime(NULL, &fs, j->file, local_seconds(j->atime), local_seconds(j->mtime), NULL);
        check(j, &fs, j->part);
    }
}

/* It may end in a hole. Devices have no end. */
static void set_end(job *j)
{
    uv_fs_t fs;
    uv_fs_fstat(NULL, &fs, j->file, NULL);
    bool has_end = (fs.statbuf.st_mode & S_IFMT) == S_IFREG;
    if (!check(j, &fs, j->part) || !has_end)
        return;
    uv_fs_ftruncate(NULL, &fs, j->file, (int64_t)j->size, NULL);
    check(j, &fs, j->part);
}

void local_complete(job *j)
{
    const cleat_transfer_options *o = &j->t->options;
    uv_fs_t fs;
    if (j->file >= 0 && j->map)
        set_end(j);
    if (j->file >= 0 && o->preserve)
        preserve(j);
    if (j->file >= 0 && (o->sync || o->atomic)) {
        uv_fs_fsync(NULL, &fs, j->file, NULL);
        check(j, &fs, j->part);
    }
    local_close(j);
    if (j->error.error || j->part == j->to)
        return;
    uv_fs_rename(NULL, &fs, j->part, j->to, NULL);
    check(j, &fs, j->to);
}
