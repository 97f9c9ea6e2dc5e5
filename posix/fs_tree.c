/* What is done with paths. */
#include "fs_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int fs_failure(void)
{
    return uv_translate_sys_error(errno);
}

bool port_is_quota(int failure)
{
    return failure == uv_translate_sys_error(EDQUOT);
}

static int result(int r)
{
    return r < 0 ? fs_failure() : 0;
}

int port_tree_open(port_tree **out, const char *root)
{
    port_tree *tree = malloc(sizeof *tree);
    *out = NULL;
    if (!tree)
        return UV_ENOMEM;
    tree->root = root ? open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (root && tree->root < 0) {
        int failure = fs_failure();
        free(tree);
        return failure;
    }
    *out = tree;
    return 0;
}

void port_tree_close(port_tree *tree)
{
    if (tree && tree->root >= 0)
        close(tree->root);
    free(tree);
}

char *port_tree_name(const char *path)
{
    return *path == '/' ? strdup(path) : NULL;
}

/* ---- opening ---- */

static int open_flags(unsigned flags)
{
    int access = flags & PORT_OPEN_WRITE ? O_WRONLY : O_RDONLY;
    if ((flags & PORT_OPEN_WRITE) && (flags & PORT_OPEN_READ))
        access = O_RDWR;
    return access | O_NOCTTY | O_NONBLOCK | (flags & PORT_OPEN_APPEND ? O_APPEND : 0) |
           (flags & PORT_OPEN_CREATE ? O_CREAT : 0) | (flags & PORT_OPEN_EXCLUSIVE ? O_EXCL : 0) |
           (flags & PORT_OPEN_TRUNCATE ? O_TRUNC : 0) |
           (flags & PORT_OPEN_NOFOLLOW ? O_NOFOLLOW : 0);
}

int port_tree_file(uv_file *file, const port_tree *tree, const char *path, unsigned flags,
                   uint32_t mode)
{
    *file = fs_open(tree, path, open_flags(flags), mode);
    return *file < 0 ? fs_failure() : 0;
}

/* ---- attributes ---- */

static uv_timespec_t spec(struct timespec t)
{
    return (uv_timespec_t){.tv_sec = t.tv_sec, .tv_nsec = t.tv_nsec};
}

void fs_fill_stat(uv_stat_t *to, const struct stat *from)
{
    *to = (uv_stat_t){
        .st_dev = from->st_dev,
        .st_mode = from->st_mode,
        .st_nlink = from->st_nlink,
        .st_uid = from->st_uid,
        .st_gid = from->st_gid,
        .st_ino = from->st_ino,
        .st_size = (uint64_t)from->st_size,
        .st_blocks = (uint64_t)from->st_blocks,
        .st_atim = spec(from->st_atim),
        .st_mtim = spec(from->st_mtim),
        .st_ctim = spec(from->st_ctim),
    };
}

static int stat_followed(const port_tree *tree, const char *path, struct stat *st)
{
    if (tree->root < 0)
        return result(stat(path, st));
    int fd = fs_open(tree, path, O_PATH, 0);
    if (fd < 0)
        return fs_failure();
    int failure = result(fstat(fd, st));
    close(fd);
    return failure;
}

static int stat_itself(const port_tree *tree, const char *path, struct stat *st)
{
    fs_place place;
    int failure = fs_enter(&place, tree, path);
    if (failure)
        return failure;
    failure = result(fstatat(place.directory, place.name, st, AT_SYMLINK_NOFOLLOW));
    fs_leave(&place);
    return failure;
}

int port_tree_stat(const port_tree *tree, const char *path, bool follow, uv_stat_t *to)
{
    struct stat st;
    int failure = follow ? stat_followed(tree, path, &st) : stat_itself(tree, path, &st);
    if (!failure)
        fs_fill_stat(to, &st);
    return failure;
}

/* ---- names ---- */

int port_tree_mkdir(const port_tree *tree, const char *path, uint32_t mode)
{
    fs_place place;
    int failure = fs_enter(&place, tree, path);
    if (failure)
        return failure;
    failure = result(mkdirat(place.directory, place.name, mode));
    fs_leave(&place);
    return failure;
}

static int remove_name(const port_tree *tree, const char *path, int flags)
{
    fs_place place;
    int failure = fs_enter(&place, tree, path);
    if (failure)
        return failure;
    failure = result(unlinkat(place.directory, place.name, flags));
    fs_leave(&place);
    return failure;
}

int port_tree_rmdir(const port_tree *tree, const char *path)
{
    return remove_name(tree, path, AT_REMOVEDIR);
}

int port_tree_unlink(const port_tree *tree, const char *path)
{
    return remove_name(tree, path, 0);
}

static int rename_over(const fs_place *from, const fs_place *to)
{
    return renameat(from->directory, from->name, to->directory, to->name);
}

/* Where the kernel or the file system knows no such call, a second name that then loses its first
 * is as good, for all but directories. */
static int rename_beside(const fs_place *from, const fs_place *to)
{
#ifdef RENAME_NOREPLACE
    int r = renameat2(from->directory, from->name, to->directory, to->name, RENAME_NOREPLACE);
    if (r == 0 || (errno != ENOSYS && errno != EINVAL))
        return r;
#endif
    struct stat st;
    if (fstatat(from->directory, from->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return -1;
    if (linkat(from->directory, from->name, to->directory, to->name, 0) == 0)
        return unlinkat(from->directory, from->name, 0);
    if (errno == EEXIST)
        return -1;
    if (fstatat(to->directory, to->name, &st, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
        return rename_over(from, to);
    errno = EEXIST;
    return -1;
}

/* Both places of a call with two paths. */
static int enter_both(fs_place *from, fs_place *to, const port_tree *tree, const char *path,
                      const char *new_path)
{
    int failure = fs_enter(from, tree, path);
    if (failure)
        return failure;
    failure = fs_enter(to, tree, new_path);
    if (failure)
        fs_leave(from);
    return failure;
}

int port_tree_rename(const port_tree *tree, const char *path, const char *new_path, bool replace)
{
    fs_place from;
    fs_place to;
    int failure = enter_both(&from, &to, tree, path, new_path);
    if (failure)
        return failure;
    failure = result(replace ? rename_over(&from, &to) : rename_beside(&from, &to));
    fs_leave(&from);
    fs_leave(&to);
    return failure;
}

int port_tree_link(const port_tree *tree, const char *path, const char *new_path)
{
    fs_place from;
    fs_place to;
    int failure = enter_both(&from, &to, tree, path, new_path);
    if (failure)
        return failure;
    failure = result(linkat(from.directory, from.name, to.directory, to.name, 0));
    fs_leave(&from);
    fs_leave(&to);
    return failure;
}

int port_tree_symlink(const port_tree *tree, const char *target, const char *new_path)
{
    fs_place place;
    int failure = fs_enter(&place, tree, new_path);
    if (failure)
        return failure;
    failure = result(symlinkat(target, place.directory, place.name));
    fs_leave(&place);
    return failure;
}

int port_tree_readlink(char **target, const port_tree *tree, const char *path)
{
    fs_place place;
    char text[PATH_MAX];
    *target = NULL;
    int failure = fs_enter(&place, tree, path);
    if (failure)
        return failure;
    ssize_t n = readlinkat(place.directory, place.name, text, sizeof text - 1);
    failure = n < 0 ? fs_failure() : 0;
    fs_leave(&place);
    if (failure)
        return failure;
    text[n] = 0;
    *target = strdup(text);
    return *target ? 0 : UV_ENOMEM;
}
