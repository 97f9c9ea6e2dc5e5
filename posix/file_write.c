/* Changing files so that no reader and no crash sees half of it. */
#include "port_sys.h"

#include "fail.h"
#include "fd.h"
#include "file_edit.h"
#include "text.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PRIVATE_FILE = 0600, PUBLIC_FILE = 0644, PRIVATE_DIR = 0700 };

struct port_lock {
    int directory;
};

/* How much could be written; with errno when that is not all. */
static size_t write_some(int fd, cleat_slice content)
{
    size_t done = 0;
    while (done < content.len) {
        ssize_t n = write(fd, content.data + done, content.len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            break;
        done += (size_t)n;
    }
    return done;
}

/* The folder a path lies in. */
static char *directory_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return port_format(".");
    return port_format("%.*s", slash == path ? 1 : (int)(slash - path), path);
}

static int open_directory_of(const char *path)
{
    char *directory = directory_of(path);
    if (!directory) {
        errno = ENOMEM;
        return -1;
    }
    int fd = port_fd_open(directory, O_RDONLY | O_DIRECTORY);
    int saved = errno;
    free(directory);
    errno = saved;
    return fd;
}

/* ---- Replace --------------------------------------------------------------------------------- */

/* A file that is to come into being whole. */
typedef struct replacement {
    const char *path; /* no link */
    cleat_slice content;
    const char *like;       /* whose mode and owner it gets */
    port_access access;     /* where there is no such file */
    const cleat_slice *old; /* the only content that may be replaced; NULL: any */
} replacement;

/* Only root can give files away; for everyone else the owner is right already, and the group may be
 * one of his. A group that cannot be had must not keep the rights that another one would get. */
static bool dress(int fd, const replacement *r)
{
    struct stat old, now;
    assert(r->like);
    if (stat(r->like, &old) < 0)
        return fchmod(fd, r->access == PORT_ACCESS_PUBLIC ? PUBLIC_FILE : PRIVATE_FILE) == 0;
    if (fstat(fd, &now) < 0 || (geteuid() == 0 && fchown(fd, old.st_uid, old.st_gid) < 0))
        return false;
    mode_t mode = old.st_mode & 07777;
    if (geteuid() != 0 && now.st_gid != old.st_gid && fchown(fd, (uid_t)-1, old.st_gid) < 0)
        mode &= ~(mode_t)070;
    return fchmod(fd, mode) == 0;
}

/* Until its directory is on the disk too, a crash may bring the old name back. Some file systems
 * cannot do that, and then there is nothing more to be done. */
static void sync_directory_of(const char *path)
{
    int fd = open_directory_of(path);
    if (fd >= 0)
        (void)fsync(fd);
    port_fd_close(&fd);
}

static cleat_status write_temporary(int fd, const replacement *r, cleat_error *error)
{
    if (!dress(fd, r) || write_some(fd, r->content) < r->content.len || fsync(fd) < 0)
        return port_fail_os(error, errno, "cannot write the new %s", r->path);
    return CLEAT_OK;
}

static cleat_status put_in_place(const char *temporary, const replacement *r, cleat_error *error)
{
    if (r->old && !port_file_is(r->path, *r->old))
        return port_fail(error, CLEAT_E_STALE, "%s has been changed meanwhile", r->path);
    if (rename(temporary, r->path) < 0)
        return port_fail_os(error, errno, "cannot replace %s", r->path);
    sync_directory_of(r->path);
    return CLEAT_OK;
}

static cleat_status replace(const replacement *r, cleat_error *error)
{
    char *temporary = port_format("%s.XXXXXX", r->path);
    if (!temporary)
        return port_fail_memory(error);
    cleat_status status;
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0) {
        status = port_fail_os(error, errno, "cannot make a file beside %s", r->path);
        goto out;
    }
    status = write_temporary(fd, r, error);
    port_fd_close(&fd);
    if (status == CLEAT_OK)
        status = put_in_place(temporary, r, error);
    if (status != CLEAT_OK)
        unlink(temporary);
out:
    free(temporary);
    return status;
}

/* Where the links of a path end; of one that does not exist the path itself. */
static cleat_status follow(char **real, const char *path, cleat_error *error)
{
    struct stat link;
    *real = realpath(path, NULL);
    if (*real)
        return CLEAT_OK;
    if (errno != ENOENT)
        return port_fail_os(error, errno, "cannot write %s", path);
    if (lstat(path, &link) == 0)
        return port_fail(error, CLEAT_E_NO_SUCH, "%s is a symbolic link to nothing", path);
    *real = port_format("%s", path);
    return *real ? CLEAT_OK : port_fail_memory(error);
}

cleat_status port_sys_file_write(const char *path, cleat_slice content, port_access access,
                                 cleat_error *error)
{
    char *real;
    cleat_status status = follow(&real, path, error);
    if (status != CLEAT_OK)
        return status;
    const replacement r = {.path = real, .content = content, .like = real, .access = access};
    status = replace(&r, error);
    free(real);
    return status;
}

cleat_status port_sys_file_swap(const char *path, cleat_slice old, cleat_slice content,
                                const char *backup, cleat_error *error)
{
    char *real;
    cleat_status status = follow(&real, path, error);
    if (status != CLEAT_OK)
        return status;
    const replacement copy = {.path = backup, .content = old, .like = real};
    const replacement r = {.path = real, .content = content, .like = real, .old = &old};
    if (backup)
        status = replace(&copy, error);
    if (status == CLEAT_OK)
        status = replace(&r, error);
    free(real);
    return status;
}

/* ---- Append ---------------------------------------------------------------------------------- */

/* A last line without its newline would swallow ours. */
static bool ends_in_newline(int fd)
{
    char last = '\n';
    off_t end = lseek(fd, 0, SEEK_END);
    return end <= 0 || (pread(fd, &last, 1, end - 1) == 1 && last == '\n');
}

/* Half a line is taken back, unless another program has written behind it. */
static cleat_status write_line(int fd, const char *path, cleat_slice text, cleat_error *error)
{
    struct stat facts;
    off_t end = lseek(fd, 0, SEEK_END);
    size_t written = write_some(fd, text);
    if (written == text.len)
        return CLEAT_OK;
    cleat_status status = port_fail_os(error, errno, "cannot write %s", path);
    if (written && fstat(fd, &facts) == 0 && facts.st_size == end + (off_t)written)
        (void)!ftruncate(fd, end);
    return status;
}

cleat_status port_sys_file_append(const char *path, const char *line, cleat_error *error)
{
    int fd = port_fd_open(path, O_RDWR | O_APPEND | O_CREAT);
    if (fd < 0)
        return port_fail_os(error, errno, "cannot open %s", path);
    char *text = port_format("%s%s\n", ends_in_newline(fd) ? "" : "\n", line);
    cleat_status status =
        text ? write_line(fd, path, (cleat_slice){(const uint8_t *)text, strlen(text)}, error)
             : port_fail_memory(error);
    free(text);
    port_fd_close(&fd);
    return status;
}

static cleat_status write_at_once(int fd, const char *path, cleat_slice text, cleat_error *error)
{
    ssize_t n;
    do
        n = write(fd, text.data, text.len);
    while (n < 0 && errno == EINTR);
    if (n == (ssize_t)text.len)
        return CLEAT_OK;
    return port_fail_os(error, n < 0 ? errno : ENOSPC, "cannot write %s", path);
}

/* Whether what has just been written stands at the beginning of a line. Before writing nobody could
 * tell half a line from one that another process is about to end. */
static bool began_line(int fd, size_t len)
{
    char before = '\n';
    off_t start = lseek(fd, 0, SEEK_CUR) - (off_t)len;
    return start <= 0 || pread(fd, &before, 1, start - 1) != 1 || before == '\n';
}

/* Waits for nobody. A FIFO that this side reads, too, would take what nobody else reads. */
static int open_for_record(const char *path)
{
    enum { FLAGS = O_APPEND | O_CREAT | O_NONBLOCK };
    struct stat st;
    int fd = port_fd_open(path, O_RDWR | FLAGS);
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISFIFO(st.st_mode))
        return fd;
    port_fd_close(&fd);
    return port_fd_open(path, O_WRONLY | FLAGS);
}

cleat_status port_sys_file_add_record(const char *path, const char *line, cleat_error *error)
{
    int fd = open_for_record(path);
    if (fd < 0)
        return port_fail_os(error, errno, "cannot open %s", path);
    char *text = port_format("%s\n", line);
    const cleat_slice record = {(const uint8_t *)text, text ? strlen(text) : 0};
    cleat_status status = text ? write_at_once(fd, path, record, error) : port_fail_memory(error);
    if (status == CLEAT_OK && !began_line(fd, record.len))
        status = write_at_once(fd, path, record, error);
    free(text);
    port_fd_close(&fd);
    return status;
}

/* ---- Lock and directories -------------------------------------------------------------------- */

/* Network file systems may know no locks, or none on a directory. Editors do without then, and
 * port_file_swap notices most of what another one does. */
static bool lock_directory(int fd)
{
    int failed;
    do
        failed = flock(fd, LOCK_EX);
    while (failed < 0 && errno == EINTR);
    return !failed || errno == EBADF || errno == ENOLCK || errno == ENOSYS || errno == EOPNOTSUPP;
}

/* The lock is on the directory: the file itself is replaced by every edit. */
static cleat_status lock_beside(port_lock **lock, const char *path, cleat_error *error)
{
    int fd = open_directory_of(path);
    if (fd < 0)
        return port_fail_os(error, errno, "cannot open the directory of %s", path);
    bool locked = lock_directory(fd);
    port_lock *made = locked ? malloc(sizeof *made) : NULL;
    if (!made) {
        cleat_status status =
            locked ? port_fail_memory(error) : port_fail_os(error, errno, "cannot lock %s", path);
        port_fd_close(&fd);
        return status;
    }
    made->directory = fd;
    *lock = made;
    return CLEAT_OK;
}

/* Whatever name a file is edited by, its lock is the one where it really is. */
cleat_status port_sys_file_lock(port_lock **lock, const char *path, cleat_error *error)
{
    char *real = realpath(path, NULL);
    cleat_status status = lock_beside(lock, real ? real : path, error);
    free(real);
    return status;
}

void port_file_unlock(port_lock *lock)
{
    if (!lock)
        return;
    port_fd_close(&lock->directory);
    free(lock);
}

/* One level; the parents are there. */
static bool make_directory(const char *path)
{
    if (mkdir(path, PRIVATE_DIR) == 0)
        return true;
    int failure = errno;
    struct stat facts;
    if (stat(path, &facts) == 0 && S_ISDIR(facts.st_mode))
        return true;
    errno = failure;
    return false;
}

cleat_status port_sys_dir_create(const char *path, cleat_error *error)
{
    char *each = port_format("%s", path);
    if (!each)
        return port_fail_memory(error);
    cleat_status status = CLEAT_OK;
    for (char *slash = each; status == CLEAT_OK && slash;) {
        slash = strchr(slash + 1, '/');
        if (slash)
            *slash = '\0';
        if (!make_directory(each))
            status = port_fail_os(error, errno, "cannot make the directory %s", each);
        if (slash)
            *slash = '/';
    }
    free(each);
    return status;
}
