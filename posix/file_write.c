/* Changing files so that no reader and no crash sees half of it. */
#include "port.h"

#include "fail.h"
#include "fd.h"
#include "text.h"

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

static bool write_all(int fd, cleat_slice content)
{
    while (content.len > 0) {
        ssize_t n = write(fd, content.data, content.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        content.data += n;
        content.len -= (size_t)n;
    }
    return true;
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

/* The new file takes over mode and owner of the old one. Only root can give files away; for
 * everyone else the owner is right already. */
static bool dress(int fd, const char *path, port_access access)
{
    struct stat old;
    if (stat(path, &old) < 0)
        return fchmod(fd, access == PORT_ACCESS_PUBLIC ? PUBLIC_FILE : PRIVATE_FILE) == 0;
    if (geteuid() == 0 && fchown(fd, old.st_uid, old.st_gid) < 0)
        return false;
    return fchmod(fd, old.st_mode & 07777) == 0;
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

static cleat_status write_temporary(int fd, const char *path, cleat_slice content,
                                    port_access access, cleat_error *error)
{
    if (!dress(fd, path, access) || !write_all(fd, content) || fsync(fd) < 0)
        return port_fail_os(error, errno, "cannot write the new %s", path);
    return CLEAT_OK;
}

static cleat_status replace(const char *path, cleat_slice content, port_access access,
                            cleat_error *error)
{
    char *temporary = port_format("%s.XXXXXX", path);
    if (!temporary)
        return port_fail_memory(error);
    cleat_status status;
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0) {
        status = port_fail_os(error, errno, "cannot make a file beside %s", path);
        goto out;
    }
    status = write_temporary(fd, path, content, access, error);
    port_fd_close(&fd);
    if (status == CLEAT_OK && rename(temporary, path) < 0)
        status = port_fail_os(error, errno, "cannot replace %s", path);
    if (status == CLEAT_OK)
        sync_directory_of(path);
    else
        unlink(temporary);
out:
    free(temporary);
    return status;
}

cleat_status port_file_write(const char *path, cleat_slice content, port_access access,
                             cleat_error *error)
{
    char *real = realpath(path, NULL);
    if (!real && errno != ENOENT)
        return port_fail_os(error, errno, "cannot write %s", path);
    struct stat link;
    if (!real && lstat(path, &link) == 0)
        return port_fail(error, CLEAT_E_NO_SUCH, "%s is a symbolic link to nothing", path);
    cleat_status status = replace(real ? real : path, content, access, error);
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

static cleat_status append(const char *path, const char *line, cleat_error *error)
{
    int fd = port_fd_open(path, O_RDWR | O_APPEND | O_CREAT);
    if (fd < 0)
        return port_fail_os(error, errno, "cannot open %s", path);
    cleat_status status = CLEAT_OK;
    char *text = port_format("%s%s\n", ends_in_newline(fd) ? "" : "\n", line);
    if (!text)
        status = port_fail_memory(error);
    else if (!write_all(fd, (cleat_slice){(const uint8_t *)text, strlen(text)}))
        status = port_fail_os(error, errno, "cannot write %s", path);
    free(text);
    port_fd_close(&fd);
    return status;
}

cleat_status port_file_append(const char *path, const char *line, cleat_error *error)
{
    port_lock *lock;
    cleat_status status = port_file_lock(&lock, path, error);
    if (status < 0)
        return status;
    status = append(path, line, error);
    port_file_unlock(lock);
    return status;
}

/* ---- Lock and directories -------------------------------------------------------------------- */

/* The lock is on the directory: the file itself is replaced by every edit. */
cleat_status port_file_lock(port_lock **lock, const char *path, cleat_error *error)
{
    *lock = NULL;
    int fd = open_directory_of(path);
    if (fd < 0)
        return port_fail_os(error, errno, "cannot open the directory of %s", path);
    int failed;
    do
        failed = flock(fd, LOCK_EX);
    while (failed < 0 && errno == EINTR);
    port_lock *made = failed < 0 ? NULL : malloc(sizeof *made);
    if (!made) {
        cleat_status status = failed < 0 ? port_fail_os(error, errno, "cannot lock %s", path)
                                         : port_fail_memory(error);
        port_fd_close(&fd);
        return status;
    }
    made->directory = fd;
    *lock = made;
    return CLEAT_OK;
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

cleat_status port_dir_create(const char *path, cleat_error *error)
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
