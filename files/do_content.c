/* What is in files: their holes, their lines, their hashes. In the pool. */
#include "files_int.h"

#include <stdlib.h>
#include <string.h>

int files_size(uv_file file, uint64_t *size)
{
    uv_fs_t fs;
    uv_fs_fstat(NULL, &fs, file, NULL);
    int failure = fs.result < 0 ? (int)fs.result : 0;
    if (!failure && (fs.statbuf.st_mode & S_IFMT) != S_IFREG)
        failure = UV_EINVAL;
    *size = failure ? 0 : fs.statbuf.st_size;
    uv_fs_req_cleanup(&fs);
    return failure;
}

void do_ranges(job *j)
{
    const cleat_sftp_request *q = j->request;
    uint64_t limit = q->length ? q->offset + q->length : INT64_MAX;
    uint64_t at = q->offset;
    uint64_t end;
    j->kind = RESULT_RANGES;
    j->ranges = calloc(RANGES_MAX, sizeof *j->ranges);
    if (!j->ranges)
        j->failure = UV_ENOMEM;
    while (!j->failure && j->range_count < RANGES_MAX && at < limit) {
        int failure = port_file_data(j->on->file, at, &at, &end);
        if (failure == UV_EOF || (!failure && at >= limit)) {
            j->at_end = true;
            return;
        }
        j->failure = failure;
        end = end > limit ? limit : end;
        j->ranges[j->range_count++] = (cleat_sftp_range){at, end - at};
        at = end;
    }
    j->at_end = at >= limit;
}

/* Behind the `count`th end of a line in a piece, or NULL; the ends that are there are taken off. */
static const uint8_t *skip_lines(const uint8_t *at, const uint8_t *end, uint64_t *count)
{
    while (*count && (at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        at++;
        --*count;
    }
    return *count ? NULL : at;
}

/* Lines are found by reading from the start: text files are not that long. Past the last line the
 * place is the end of the file. */
void do_text_seek(job *j)
{
    enum { PIECE = 64 << 10 };
    opened *o = j->on;
    uint64_t lines = j->request->offset;
    uint64_t at = 0;
    uint64_t size = 0;
    size_t got = PIECE;
    uint8_t *room = o->text ? malloc(PIECE) : NULL;
    j->code = o->text ? CLEAT_SFTP_OK : CLEAT_SFTP_INVALID_PARAMETER;
    j->failure = o->text && !room ? UV_ENOMEM : 0;
    if (room)
        j->failure = files_size(o->file, &size);
    while (room && lines && got && at < size && !j->failure && !atomic_load(&j->files->stopped)) {
        j->failure = files_read_at(o->file, room, PIECE, at, &got);
        const uint8_t *found = skip_lines(room, room + got, &lines);
        at += found ? (size_t)(found - room) : got;
    }
    free(room);
    if (lines && o->text && !j->failure)
        j->code = CLEAT_SFTP_EOF;
    if (o->text && !j->failure)
        o->read_at = o->write_at = at;
}

/* The first algorithm of the client's list that we have. */
static cleat_hash *choose_hash(job *j)
{
    cleat_hash *h = NULL;
    const char *list = j->request->algorithms;
    while (*list && !h) {
        size_t len = strcspn(list, ",");
        if (len < sizeof j->algorithm && cleat_hash_new(&h, j->files->ctx, list, len) == CLEAT_OK) {
            memcpy(j->algorithm, list, len);
            j->algorithm[len] = 0;
        }
        list += len + (list[len] == ',');
    }
    return h;
}

/* One block; *got less than len at the end of the file, or when nobody waits for it any more. */
static int hash_block(const job *j, cleat_hash *h, uv_file file, uint64_t offset, uint64_t len,
                      uint64_t *got)
{
    enum { PIECE = 128 << 10 };
    uint8_t *room = malloc(PIECE);
    int failure = room ? 0 : UV_ENOMEM;
    size_t n = 1;
    *got = 0;
    while (!failure && n && *got < len && !atomic_load(&j->files->stopped)) {
        size_t want = len - *got < PIECE ? (size_t)(len - *got) : PIECE;
        failure = files_read_at(file, room, want, offset + *got, &n);
        if (!failure && cleat_hash_update(h, (cleat_slice){room, n}) != CLEAT_OK)
            failure = UV_EIO;
        *got += n;
    }
    free(room);
    return failure;
}

static int hash_all(job *j, cleat_hash *h, uv_file file)
{
    const cleat_sftp_request *q = j->request;
    uint64_t left = q->length ? q->length : INT64_MAX;
    uint64_t at = q->offset;
    uint64_t got, size;
    size_t len;
    int special = files_size(file, &size);
    if (special)
        return special;
    do {
        uint64_t block = q->block_size && q->block_size < left ? q->block_size : left;
        int failure = hash_block(j, h, file, at, block, &got);
        if (failure)
            return failure;
        if (!got && j->hashes_len)
            break;
        if (j->hashes_len + CLEAT_HASH_MAX > HASHES_MAX)
            return UV_E2BIG;
        if (cleat_hash_final(h, j->hashes + j->hashes_len, &len) != CLEAT_OK)
            return UV_EIO;
        j->hashes_len += len;
        at += got;
        left -= got;
        if (got < block)
            break;
    } while (left);
    return 0;
}

void do_check(job *j)
{
    uv_file file = j->on ? j->on->file : -1;
    cleat_hash *h = choose_hash(j);
    j->kind = RESULT_HASHES;
    if (!h) {
        j->code = CLEAT_SFTP_OP_UNSUPPORTED;
        return;
    }
    j->hashes = malloc(HASHES_MAX);
    if (!j->hashes)
        j->failure = UV_ENOMEM;
    if (!j->failure && !j->on)
        j->failure = port_tree_file(&file, j->files->tree, j->path, PORT_OPEN_READ, 0);
    if (!j->failure)
        j->failure = hash_all(j, h, file);
    if (!j->on && file >= 0)
        files_close_file(file);
    cleat_hash_free(h);
}
