/* Files: open, read, write, copy. In the pool. */
#include "files_int.h"

#include <stdlib.h>
#include <string.h>

/* ---- opening ---- */

static unsigned open_flags(const cleat_sftp_request *q)
{
    static const unsigned dispositions[] = {
        [CLEAT_SFTP_CREATE_NEW] = PORT_OPEN_CREATE | PORT_OPEN_EXCLUSIVE,
        [CLEAT_SFTP_CREATE_TRUNCATE] = PORT_OPEN_CREATE | PORT_OPEN_TRUNCATE,
        [CLEAT_SFTP_OPEN_EXISTING] = 0,
        [CLEAT_SFTP_OPEN_OR_CREATE] = PORT_OPEN_CREATE,
        [CLEAT_SFTP_TRUNCATE_EXISTING] = PORT_OPEN_TRUNCATE,
    };
    const uint32_t appends = CLEAT_SFTP_OPEN_APPEND | CLEAT_SFTP_OPEN_APPEND_ATOMIC;
    unsigned flags = dispositions[q->flags & CLEAT_SFTP_DISPOSITION];
    if (q->access & CLEAT_SFTP_READ_DATA)
        flags |= PORT_OPEN_READ;
    if (q->access & (CLEAT_SFTP_WRITE_DATA | CLEAT_SFTP_APPEND_DATA))
        flags |= PORT_OPEN_WRITE;
    if (q->flags & appends)
        flags |= PORT_OPEN_APPEND | PORT_OPEN_WRITE;
    if (q->flags & CLEAT_SFTP_OPEN_NOFOLLOW)
        flags |= PORT_OPEN_NOFOLLOW;
    return flags;
}

static uint32_t mode_for(const job *j, uint32_t usual)
{
    const cleat_sftp_attrs *a = &j->request->attrs;
    return a->has & CLEAT_SFTP_HAS_PERMISSIONS ? a->permissions : usual;
}

/* With a umask of our own a new file gets its mode apart, so it has to be known that it is new. */
static int open_with_umask(const job *j, uv_file *file, unsigned flags, uint32_t mode)
{
    const unsigned create = PORT_OPEN_CREATE | PORT_OPEN_EXCLUSIVE;
    int failure = UV_ENOENT;
    if (!(flags & PORT_OPEN_EXCLUSIVE))
        failure = port_tree_file(file, j->files->tree, j->path, flags & ~create, mode);
    if (failure != UV_ENOENT)
        return failure;
    failure = port_tree_file(file, j->files->tree, j->path, flags | create, mode);
    if (failure == UV_EEXIST && !(flags & PORT_OPEN_EXCLUSIVE)) /* made meanwhile */
        return port_tree_file(file, j->files->tree, j->path, flags & ~create, mode);
    if (failure)
        return failure;
    const port_change change = {.set = PORT_SET_MODE, .mode = mode};
    return port_file_change(*file, &change);
}

static int open_file(const job *j, uv_file *file, unsigned flags)
{
    uint32_t mode = mode_for(j, 0666);
    if (j->files->options.has_umask && (flags & PORT_OPEN_CREATE))
        return open_with_umask(j, file, flags, mode & ~j->files->options.umask);
    return port_tree_file(file, j->files->tree, j->path, flags, mode);
}

void files_close_file(uv_file file)
{
    uv_fs_t request;
    uv_fs_close(NULL, &request, file, NULL);
    uv_fs_req_cleanup(&request);
}

/* A directory can be opened, but that is not what was meant. */
static int refuse_directory(uv_file file)
{
    uv_fs_t request;
    int failure = uv_fs_fstat(NULL, &request, file, NULL);
    if (!failure && (request.statbuf.st_mode & 0170000) == 0040000)
        failure = UV_EISDIR;
    uv_fs_req_cleanup(&request);
    return failure;
}

void do_open(job *j)
{
    const cleat_sftp_request *q = j->request;
    uv_file file = -1;
    unsigned flags = open_flags(q);
    j->kind = RESULT_HANDLE;
    j->failure = open_file(j, &file, flags);
    if (!j->failure)
        j->failure = refuse_directory(file);
    opened *o = j->failure ? NULL : opened_new(j->path);
    if (!o) {
        if (file >= 0)
            files_close_file(file);
        j->failure = j->failure ? j->failure : UV_ENOMEM;
        return;
    }
    if (flags & PORT_OPEN_CREATE)
        port_file_sparse(file);
    o->file = file;
    o->appends = (flags & PORT_OPEN_APPEND) != 0;
    o->text = (q->flags & CLEAT_SFTP_OPEN_TEXT) != 0;
    j->made = o;
}

void do_close(job *j)
{
    uv_fs_t request;
    opened *o = j->on;
    port_listing_close(o->listing);
    o->listing = NULL;
    if (o->file >= 0)
        j->failure = uv_fs_close(NULL, &request, o->file, NULL);
    if (o->file >= 0)
        uv_fs_req_cleanup(&request);
    o->file = -1;
}

/* ---- reading and writing ---- */

/* At the end, or on an error after some bytes, less than wanted; the error comes at the next try.
 */
int files_read_at(uv_file file, uint8_t *to, size_t len, uint64_t offset, size_t *got)
{
    int n = 0;
    *got = 0;
    while (*got < len) {
        uv_fs_t request;
        uv_buf_t buf = uv_buf_init((char *)to + *got, (unsigned)(len - *got));
        n = uv_fs_read(NULL, &request, file, &buf, 1, (int64_t)(offset + *got), NULL);
        uv_fs_req_cleanup(&request);
        if (n <= 0)
            break;
        *got += (size_t)n;
    }
    return *got ? 0 : n;
}

void do_read(job *j)
{
    opened *o = j->on;
    uint64_t offset = o->text ? o->read_at : j->request->offset;
    j->kind = RESULT_DATA;
    j->failure = files_read_at(o->file, j->space, j->room, offset, &j->got);
    j->at_end = j->got < j->room;
    o->read_at = offset + j->got;
    o->bytes_read += j->got;
}

static uv_buf_t as_buf(const uint8_t *data, size_t len)
{
    union {
        const uint8_t *in;
        char *out;
    } at = {.in = data}; /* libuv only reads what it writes */
    return uv_buf_init(at.out, (unsigned)len);
}

void do_write(job *j)
{
    opened *o = j->on;
    cleat_slice data = j->request->data;
    uint64_t offset = o->text ? o->write_at : j->request->offset;
    size_t done = 0;
    while (done < data.len && !j->failure) {
        uv_fs_t request;
        uv_buf_t buf = as_buf(data.data + done, data.len - done);
        int n = uv_fs_write(NULL, &request, o->file, &buf, 1,
                            o->appends ? -1 : (int64_t)(offset + done), NULL);
        uv_fs_req_cleanup(&request);
        if (n > 0)
            done += (size_t)n;
        else
            j->failure = n ? n : UV_EIO;
    }
    o->write_at = offset + done;
    o->bytes_written += done;
}

void do_fsync(job *j)
{
    uv_fs_t request;
    j->failure = uv_fs_fsync(NULL, &request, j->on->file, NULL);
    uv_fs_req_cleanup(&request);
}

enum { COPY_MAX = 64 << 20 }; /* at a time */

void do_copy(job *j)
{
    const cleat_sftp_request *q = j->request;
    uint64_t left = q->length ? q->length : UINT64_MAX;
    uint64_t from = q->offset;
    uint64_t to = q->to_offset;
    uint64_t copied = 1;
    uint64_t size;
    j->failure = files_size(j->on->file, &size);
    /* Up to the end as it is now: the target may be the same file, which would never end. Files of
     * /proc say that they are empty, and end where reading finds it. */
    uint64_t end = size ? size : UINT64_MAX;
    while (left && copied && from < end && !j->failure && !atomic_load(&j->files->stopped)) {
        uint64_t piece = left < end - from ? left : end - from;
        piece = piece < COPY_MAX ? piece : COPY_MAX;
        j->failure = port_file_copy(j->on->file, from, piece, j->to->file, to, &copied);
        from += copied;
        to += copied;
        left -= copied;
        j->on->bytes_read += copied;
    }
    if (!j->failure && q->length && left)
        j->code = CLEAT_SFTP_EOF;
}
