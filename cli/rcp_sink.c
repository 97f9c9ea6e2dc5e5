/* Receiving by the old protocol of scp. The other side says names and sizes, and nothing of it is
 * believed: a name is one part of a path, at the top it is what was asked for, and directories come
 * only where they are wanted. */
#include "rcp.h"

#include "local_file.h"
#include "port.h"
#include "text.h"

#include <cleat/glob.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { PERMISSIONS = 07777, OWNER_ALL = 0700 };

typedef struct times {
    bool known;
    double mtime, atime;
} times;

/* What is being received into. */
typedef struct place {
    const char *path;
    bool is_directory;
    unsigned depth;
} place;

/* What is being received. */
typedef struct entry {
    const cleat_rcp_line *line;
    const times *times;
    char *path;
    bool is_theirs; /* the other side chose its name, and a link there is no way to elsewhere */
} entry;

static bool acknowledge(rcp *r)
{
    return rcp_write(r, "", 1);
}

static void set_times(rcp *r, const char *path, const times *t)
{
    uv_fs_t fs;
    int failure = t->known ? uv_fs_utime(NULL, &fs, path, t->atime, t->mtime, NULL) : 0;
    if (t->known)
        uv_fs_req_cleanup(&fs);
    if (failure)
        rcp_note(r, "%s: set times: %s", path, uv_strerror(failure));
}

static void set_mode(rcp *r, const char *path, uint32_t mode)
{
    uv_fs_t fs;
    int failure = uv_fs_chmod(NULL, &fs, path, (int)(mode & PERMISSIONS), NULL);
    uv_fs_req_cleanup(&fs);
    if (failure)
        rcp_note(r, "%s: set mode: %s", path, uv_strerror(failure));
}

/* ---- files ---- */

/* *done grows by what was written. */
static int write_block(uv_file file, const uint8_t *bytes, size_t len, uint64_t *done)
{
    while (len) {
        uv_fs_t fs;
        uv_buf_t buffer = uv_buf_init((char *)(uintptr_t)bytes, (unsigned)len);
        int n = uv_fs_write(NULL, &fs, file, &buffer, 1, -1, NULL);
        uv_fs_req_cleanup(&fs);
        if (n <= 0)
            return n ? n : UV_ENOSPC;
        bytes += n;
        len -= (size_t)n;
        *done += (uint64_t)n;
    }
    return 0;
}

/* Takes all that was announced, also where it cannot be kept. *done: how much was. */
static int take_bytes(rcp *r, const char *path, uv_file file, uint64_t size, uint64_t *done)
{
    uint64_t began = uv_now(r->loop);
    uint64_t taken = 0;
    int failure = 0;
    while (taken < size) {
        size_t have;
        const uint8_t *at = rcp_peek(r, &have);
        if (rcp_stopped(r))
            return UV_ECANCELED;
        if (!at)
            return UV_EOF;
        size_t n = rcp_portion(r, have < size - taken ? have : size - taken);
        if (!failure)
            failure = write_block(file, at, n, done);
        rcp_take(r, n);
        taken += n;
        if (r->progress && !failure)
            progress_update(r->progress, path, taken, size);
        rcp_pace(r, began, taken);
    }
    if (r->progress && !failure)
        progress_end(r->progress, path, size);
    return failure;
}

/* Takes off what is left of an older file that was longer. Devices have no end to be cut. */
static int cut(uv_file file, uint64_t size)
{
    uv_fs_t fs;
    int failure = uv_fs_fstat(NULL, &fs, file, NULL);
    bool has_end = !failure && (fs.statbuf.st_mode & S_IFMT) == S_IFREG;
    uv_fs_req_cleanup(&fs);
    if (!has_end)
        return failure;
    failure = uv_fs_ftruncate(NULL, &fs, file, (int64_t)size, NULL);
    uv_fs_req_cleanup(&fs);
    return failure;
}

static int close_file(uv_file file)
{
    uv_fs_t fs;
    int failure = uv_fs_close(NULL, &fs, file, NULL);
    uv_fs_req_cleanup(&fs);
    return failure;
}

/* All is there, or a beginning: never one file's beginning before another's end. What nothing was
 * written to stays as it was. */
static int end_file(uv_file file, uint64_t size, uint64_t done, int failure)
{
    int cutting = failure && !done ? 0 : cut(file, failure ? done : size);
    int closing = close_file(file);
    return failure ? failure : cutting ? cutting : closing;
}

/* A FIFO that somebody has put in the way must not hold this up. */
static int open_for_writing(const entry *e, uint32_t mode)
{
    uv_fs_t fs;
    int flags =
        UV_FS_O_WRONLY | UV_FS_O_CREAT | UV_FS_O_NONBLOCK | (e->is_theirs ? UV_FS_O_NOFOLLOW : 0);
    int file = uv_fs_open(NULL, &fs, e->path, flags, (int)mode, NULL);
    uv_fs_req_cleanup(&fs);
    return file;
}

static const char *why(int failure)
{
    return failure == UV_EOF         ? "the other side is gone"
           : failure == UV_ECANCELED ? "interrupted"
                                     : uv_strerror(failure);
}

static bool take_file(rcp *r, const entry *e)
{
    const cleat_rcp_line *line = e->line;
    const char *path = e->path;
    uint64_t done = 0;
    int file = open_for_writing(e, r->preserve ? line->mode : line->mode & 0777);
    if (file < 0) {
        bool is_link = file == UV_ELOOP && e->is_theirs;
        rcp_complain(r, "%s: %s", path,
                     is_link ? "a symbolic link, which is not followed" : uv_strerror(file));
        return !r->lost;
    }
    bool more = acknowledge(r);
    int failure = more ? take_bytes(r, path, file, line->size, &done) : UV_EOF;
    failure = end_file(file, line->size, done, failure);
    if (failure)
        rcp_complain(r, "%s: %s; it is incomplete: %" PRIu64 " of %" PRIu64 " bytes", path,
                     why(failure), done, line->size);
    if (failure == UV_EOF || failure == UV_ECANCELED)
        return false;
    if (!failure && r->preserve)
        set_mode(r, path, line->mode);
    if (!failure)
        set_times(r, path, e->times);
    (void)rcp_answered(r);
    return !r->lost && (failure || acknowledge(r));
}

/* ---- directories ---- */

static bool take_all(rcp *r, const place *to);

static int make_directory(const char *path, uint32_t mode)
{
    uv_fs_t fs;
    int failure = uv_fs_mkdir(NULL, &fs, path, (int)(mode | OWNER_ALL), NULL);
    uv_fs_req_cleanup(&fs);
    return failure;
}

static bool is_directory(const entry *e)
{
    return e->is_theirs ? local_is_real_directory(e->path) : local_is_directory(e->path);
}

static bool take_directory(rcp *r, const entry *e, unsigned depth)
{
    const char *path = e->path;
    uint32_t mode = r->preserve ? e->line->mode : e->line->mode & 0777;
    bool there = is_directory(e);
    int failure = there ? 0 : make_directory(path, mode);
    if (failure || depth == RCP_DEPTH_MAX) {
        rcp_complain(r, "%s: %s", path, failure ? uv_strerror(failure) : "too deep");
        r->lost = r->lost || depth == RCP_DEPTH_MAX;
        return !r->lost;
    }
    const place below = {.path = path, .is_directory = true, .depth = depth + 1};
    bool more = acknowledge(r) && take_all(r, &below);
    set_times(r, path, e->times);
    if (r->preserve || (!there && (mode & OWNER_ALL) != OWNER_ALL))
        set_mode(r, path, mode);
    return more;
}

/* ---- both ---- */

/* What is wrong with an entry, or NULL. */
static const char *fault_of(const rcp *r, const cleat_rcp_line *line, const char *name,
                            unsigned depth)
{
    if (line->type == CLEAT_RCP_DIRECTORY && !r->recurse)
        return "a directory where none was asked for";
    if (!r->hands_on && !port_name_is_plain(name))
        return "a name that cannot be one here";
    if (depth == 0 && r->pattern && !r->trusts_names && !cleat_glob_matches(name, r->pattern))
        return "a name that was not asked for";
    return NULL;
}

/* Who sends what is not wanted means harm, or speaks something else. */
bool rcp_wants(rcp *r, const cleat_rcp_line *line, const char *name, unsigned depth)
{
    const char *fault = fault_of(r, line, name, depth);
    if (!fault)
        return true;
    char *shown = text_printable(name);
    rcp_complain(r, "the other side has sent %s: \"%s\"", fault, shown ? shown : "");
    free(shown);
    r->lost = true;
    return false;
}

/* Who sends to this side of a connection is the user. */
static bool is_theirs(const rcp *r, const place *to)
{
    bool asked_for = r->pattern && !r->trusts_names && !cleat_glob_is_pattern(r->pattern);
    return !r->serves && (to->depth || (to->is_directory && !asked_for));
}

static bool take_entry(rcp *r, const place *to, const cleat_rcp_line *line, const char *name,
                       const times *t)
{
    const entry e = {.line = line,
                     .times = t,
                     .path = to->is_directory ? text_format("%s/%s", to->path, name)
                                              : text_format("%s", to->path),
                     .is_theirs = is_theirs(r, to)};
    bool more = false;
    if (e.path && line->type == CLEAT_RCP_FILE)
        more = take_file(r, &e);
    else if (e.path)
        more = take_directory(r, &e, to->depth);
    free(e.path);
    return more;
}

static bool take_named(rcp *r, const place *to, const cleat_rcp_line *line, const times *t)
{
    char *name = text_format("%.*s", (int)line->text.len, (const char *)line->text.data);
    bool more = name && rcp_wants(r, line, name, to->depth) && take_entry(r, to, line, name, t);
    free(name);
    return more;
}

bool rcp_take_complaint(rcp *r, const cleat_rcp_line *line)
{
    char *text = text_format("%.*s", (int)line->text.len, (const char *)line->text.data);
    rcp_heard(r, line->type, text ? text : "");
    free(text);
    return !r->lost;
}

/* Nothing more comes. A program that breaks off may still end as if all were well. */
static bool take_end(rcp *r, const place *to, bool is_between)
{
    if (rcp_stopped(r))
        return false;
    if (is_between && to->depth == 0)
        return true;
    if (to->depth)
        rcp_note(r, "%s: the other side is gone; the folder may be incomplete", to->path);
    else
        rcp_note(r, "the other side is gone");
    r->lost = true;
    return false;
}

/* Until the end of the directory, or of everything. */
static bool take_all(rcp *r, const place *to)
{
    char text[CLEAT_RCP_LINE_MAX];
    size_t len = 0;
    times t = {0};
    bool more = true, any = r->serves; /* who starts this side may have nothing for it */
    for (; more && rcp_read_line(r, text, &len); any = true) {
        cleat_rcp_line line;
        cleat_error error = {0};
        if (cleat_rcp_read(&line, (cleat_slice){(uint8_t *)text, len}, &error) != CLEAT_OK) {
            rcp_complain(r, "%s", error.text);
            r->lost = true;
            return false;
        }
        switch (line.type) {
        case CLEAT_RCP_TIMES:
            t = (times){true, (double)line.mtime, (double)line.atime};
            more = acknowledge(r);
            break;
        case CLEAT_RCP_END:
            if (to->depth)
                return acknowledge(r);
            rcp_complain(r, "the other side has ended a directory that it has not begun");
            r->lost = true;
            break;
        case CLEAT_RCP_WARNING:
        case CLEAT_RCP_FATAL:
            more = rcp_take_complaint(r, &line);
            break;
        default:
            more = take_named(r, to, &line, &t);
            t.known = false;
        }
    }
    return more && !r->lost && take_end(r, to, any && !len && !t.known);
}

void rcp_receive(rcp *r, const char *target, bool directory)
{
    const place top = {.path = target, .is_directory = local_is_directory(target)};
    if (directory && !top.is_directory) {
        rcp_complain(r, "%s: Not a directory", target);
        return;
    }
    if (acknowledge(r))
        (void)take_all(r, &top);
}
