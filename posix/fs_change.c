/* Attributes that are set, by descriptor and by path. */
#include "fs_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static int result(int r)
{
    return r < 0 ? fs_failure() : 0;
}

/* ---- values as the calls take them ---- */

static uid_t owner_of(const port_change *c)
{
    return c->set & PORT_SET_OWNER ? (uid_t)c->owner : (uid_t)-1;
}

static gid_t group_of(const port_change *c)
{
    return c->set & PORT_SET_GROUP ? (gid_t)c->group : (gid_t)-1;
}

static void times_of(const port_change *c, struct timespec times[2])
{
    times[0] = (struct timespec){.tv_nsec = UTIME_OMIT};
    times[1] = times[0];
    if (c->set & PORT_SET_ATIME)
        times[0] = (struct timespec){(time_t)c->atime.seconds, (long)c->atime.nanoseconds};
    if (c->set & PORT_SET_MTIME)
        times[1] = (struct timespec){(time_t)c->mtime.seconds, (long)c->mtime.nanoseconds};
}

enum { SET_IDS = PORT_SET_OWNER | PORT_SET_GROUP, SET_TIMES = PORT_SET_ATIME | PORT_SET_MTIME };

/* ---- by descriptor ---- */

int port_file_change(uv_file file, const port_change *c)
{
    struct timespec times[2];
    int r = 0;
    if (c->set & PORT_SET_SIZE)
        r = ftruncate(file, (off_t)c->size);
    if (r == 0 && (c->set & PORT_SET_MODE))
        r = fchmod(file, c->mode);
    if (r == 0 && (c->set & SET_IDS))
        r = fchown(file, owner_of(c), group_of(c));
    if (r == 0 && (c->set & SET_TIMES)) {
        times_of(c, times);
        r = futimens(file, times);
    }
    return result(r);
}

/* ---- by path ---- */

static int set_size(const port_tree *tree, const char *path, uint64_t size)
{
    int fd = fs_open(tree, path, O_WRONLY | O_NONBLOCK | O_NOCTTY, 0);
    if (fd < 0)
        return fs_failure();
    int failure = result(ftruncate(fd, (off_t)size));
    close(fd);
    return failure;
}

/* All but the size, of what `name` in `directory` is. flags: AT_SYMLINK_NOFOLLOW or 0. */
static int change_at(int directory, const char *name, int flags, const port_change *c)
{
    struct timespec times[2];
    int r = 0;
    if (c->set & PORT_SET_MODE)
        r = fchmodat(directory, name, c->mode, flags);
    if (r == 0 && (c->set & SET_IDS))
        r = fchownat(directory, name, owner_of(c), group_of(c), flags);
    if (r == 0 && (c->set & SET_TIMES)) {
        times_of(c, times);
        r = utimensat(directory, name, times, flags);
    }
    return result(r);
}

static int change_itself(const port_tree *tree, const char *path, const port_change *c)
{
    fs_place place;
    int failure = fs_enter(&place, tree, path);
    if (failure)
        return failure;
    failure = change_at(place.directory, place.name, AT_SYMLINK_NOFOLLOW, c);
    fs_leave(&place);
    return failure;
}

#ifdef O_PATH
/* A file that is found once; its own entry in /proc takes what a descriptor of this kind does not.
 */
static int change_found(const port_tree *tree, const char *path, const port_change *c)
{
    char own[40];
    int fd = fs_open(tree, path, O_PATH, 0);
    if (fd < 0)
        return fs_failure();
    snprintf(own, sizeof own, "/proc/self/fd/%d", fd);
    int failure = change_at(AT_FDCWD, own, 0, c);
    close(fd);
    return failure;
}
#else
static int change_found(const port_tree *tree, const char *path, const port_change *c)
{
    port_change rest = *c;
    int fd = fs_open(tree, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
    if (fd < 0)
        return fs_failure();
    rest.set &= ~(unsigned)PORT_SET_SIZE;
    int failure = port_file_change(fd, &rest);
    close(fd);
    return failure;
}
#endif

int port_tree_change(const port_tree *tree, const char *path, bool follow, const port_change *c)
{
    if ((c->set & PORT_SET_SIZE) && !follow)
        return UV_ENOTSUP;
    int failure = c->set & PORT_SET_SIZE ? set_size(tree, path, c->size) : 0;
    if (failure || !(c->set & ~(unsigned)PORT_SET_SIZE))
        return failure;
    if (!follow)
        return change_itself(tree, path, c);
    return tree->root < 0 ? change_at(AT_FDCWD, path, 0, c) : change_found(tree, path, c);
}

/* ---- space ---- */

static int fill_space(int r, const struct statvfs *from, port_space *to)
{
    if (r < 0)
        return fs_failure();
    *to = (port_space){
        .block = from->f_bsize,
        .fragment = from->f_frsize,
        .blocks = from->f_blocks,
        .blocks_free = from->f_bfree,
        .blocks_available = from->f_bavail,
        .files = from->f_files,
        .files_free = from->f_ffree,
        .files_available = from->f_favail,
        .id = from->f_fsid,
        .name_max = from->f_namemax,
        .read_only = (from->f_flag & ST_RDONLY) != 0,
        .no_setuid = (from->f_flag & ST_NOSUID) != 0,
    };
    return 0;
}

int port_file_space(uv_file file, port_space *space)
{
    struct statvfs st;
    return fill_space(fstatvfs(file, &st), &st, space);
}

int port_tree_space(const port_tree *tree, const char *path, port_space *space)
{
    struct statvfs st;
    if (tree->root < 0)
        return fill_space(statvfs(path, &st), &st, space);
    int fd = fs_open(tree, path, O_PATH, 0);
    if (fd < 0)
        return fs_failure();
    int failure = port_file_space(fd, space);
    close(fd);
    return failure;
}
