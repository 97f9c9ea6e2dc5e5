/* Sending by the old protocol of scp. */
#include "rcp.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 1 << 17, PERMISSIONS = 07777 };

/* Without the '/' that may stand behind it. */
static cleat_slice last_part(const char *path)
{
    cleat_slice name = {(const uint8_t *)text_last_part(path), strlen(text_last_part(path))};
    while (name.len && name.data[name.len - 1] == '/')
        name.len--;
    return name;
}

static bool send_times(rcp *r, const uv_stat_t *stat)
{
    const cleat_rcp_line line = {
        .type = CLEAT_RCP_TIMES, .mtime = stat->st_mtim.tv_sec, .atime = stat->st_atim.tv_sec};
    return !r->preserve || (rcp_write_line(r, &line) && rcp_answered(r));
}

/* False: the other side does not want it, or is gone. */
static bool announce(rcp *r, const char *path, cleat_rcp_type type, const uv_stat_t *stat)
{
    char out[CLEAT_RCP_LINE_MAX];
    const cleat_rcp_line line = {.type = type,
                                 .mode = (uint32_t)stat->st_mode & PERMISSIONS,
                                 .size = type == CLEAT_RCP_FILE ? stat->st_size : 0,
                                 .text = last_part(path)};
    if (!cleat_rcp_write(&line, out)) {
        rcp_complain(r, "%s: the old protocol cannot say this name", path);
        return false;
    }
    return send_times(r, stat) && rcp_write_line(r, &line) && rcp_answered(r);
}

/* ---- files ---- */

static int read_block(uv_file file, uint8_t *block, size_t len)
{
    uv_fs_t fs;
    uv_buf_t buffer = uv_buf_init((char *)block, (unsigned)len);
    int n = uv_fs_read(NULL, &fs, file, &buffer, 1, -1, NULL);
    uv_fs_req_cleanup(&fs);
    return n;
}

/* As many bytes as were announced, whatever happens to the file meanwhile: zeros if need be, and a
 * complaint behind them. False: the other side is gone. */
static bool send_bytes(rcp *r, const char *path, uv_file file, uint64_t size)
{
    static uint8_t block[BLOCK];
    uint64_t began = uv_now(r->loop);
    int failure = 0;
    for (uint64_t done = 0; done < size;) {
        size_t want = rcp_portion(r, size - done < BLOCK ? size - done : BLOCK);
        int n = failure ? 0 : read_block(file, block, want);
        if (n <= 0) {
            failure = failure ? failure : n < 0 ? n : UV_EOF;
            memset(block, 0, want);
            n = (int)want;
        }
        if (!rcp_write(r, block, (size_t)n))
            return false;
        done += (uint64_t)n;
        if (r->progress)
            progress_update(r->progress, text_last_part(path), done, size);
        rcp_pace(r, began, done);
    }
    if (r->progress)
        progress_end(r->progress, text_last_part(path), size);
    if (!failure)
        return rcp_write(r, "", 1);
    rcp_complain(r, "%s: %s", path,
                 failure == UV_EOF ? "it has become shorter meanwhile" : uv_strerror(failure));
    return true;
}

static bool send_file(rcp *r, const char *path, uv_file file, const uv_stat_t *stat)
{
    if (!announce(r, path, CLEAT_RCP_FILE, stat))
        return !r->lost;
    if (!send_bytes(r, path, file, stat->st_size)) {
        rcp_note(r, "%s: %s; the copy is incomplete", path,
                 rcp_stopped(r) ? "interrupted" : "the connection is gone");
        return false;
    }
    (void)rcp_answered(r);
    return !r->lost;
}

/* ---- directories ---- */

static bool send_path(rcp *r, const char *path, unsigned depth);

static bool send_entries(rcp *r, const char *path, uv_fs_t *list, unsigned depth)
{
    uv_dirent_t entry;
    bool more = true;
    while (more && uv_fs_scandir_next(list, &entry) == 0) {
        char *below = text_format("%s/%s", path, entry.name);
        more = below && send_path(r, below, depth + 1);
        free(below);
    }
    return more;
}

static bool send_directory(rcp *r, const char *path, const uv_stat_t *stat, unsigned depth)
{
    static const cleat_rcp_line end = {.type = CLEAT_RCP_END};
    uv_fs_t list;
    if (!r->recurse || depth == RCP_DEPTH_MAX) {
        rcp_complain(r, "%s: %s", path,
                     r->recurse ? "too deep: is there a loop of links?" : "not a regular file");
        return true;
    }
    int failure = uv_fs_scandir(NULL, &list, path, 0, NULL);
    if (failure < 0)
        rcp_complain(r, "%s: %s", path, uv_strerror(failure));
    bool more = true;
    if (failure >= 0 && announce(r, path, CLEAT_RCP_DIRECTORY, stat)) {
        more = send_entries(r, path, &list, depth) && rcp_write_line(r, &end);
        more = more && (rcp_answered(r) || !r->lost);
    }
    uv_fs_req_cleanup(&list);
    return more && !r->lost;
}

/* ---- both ---- */

static int open_for_reading(const char *path)
{
    uv_fs_t fs;
    int file = uv_fs_open(NULL, &fs, path, UV_FS_O_RDONLY | UV_FS_O_NONBLOCK, 0, NULL);
    uv_fs_req_cleanup(&fs);
    return file;
}

static bool send_path(rcp *r, const char *path, unsigned depth)
{
    uv_fs_t fs;
    int failure = uv_fs_stat(NULL, &fs, path, NULL);
    const uv_stat_t stat = fs.statbuf;
    uv_fs_req_cleanup(&fs);
    bool is_directory = !failure && (stat.st_mode & S_IFMT) == S_IFDIR;
    bool is_file = !failure && (stat.st_mode & S_IFMT) == S_IFREG;
    if (is_directory)
        return send_directory(r, path, &stat, depth);
    int file = is_file ? open_for_reading(path) : -1;
    if (file < 0) {
        rcp_complain(r, "%s: %s", path,
                     failure   ? uv_strerror(failure)
                     : is_file ? uv_strerror(file)
                               : "not a regular file");
        return !r->lost;
    }
    bool more = send_file(r, path, file, &stat);
    uv_fs_close(NULL, &fs, file, NULL);
    uv_fs_req_cleanup(&fs);
    return more;
}

bool rcp_send(rcp *r, const char *path)
{
    return send_path(r, path, 0);
}
