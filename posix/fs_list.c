/* Directories. */
#include "fs_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct port_listing {
    DIR *directory;
};

int port_tree_list(port_listing **out, const port_tree *tree, const char *path)
{
    port_listing *l = calloc(1, sizeof *l);
    *out = NULL;
    if (!l)
        return UV_ENOMEM;
    int fd = fs_open(tree, path, O_RDONLY | O_DIRECTORY | O_NONBLOCK, 0);
    int failure = fd < 0 ? fs_failure() : 0;
    if (!failure && !(l->directory = fdopendir(fd))) {
        failure = fs_failure();
        close(fd);
    }
    if (failure)
        free(l);
    else
        *out = l;
    return failure;
}

int port_listing_next(port_listing *l, const char **name, uv_stat_t *to)
{
    struct stat st;
    const struct dirent *entry;
    *to = (uv_stat_t){0};
    do {
        errno = 0;
        entry = readdir(l->directory);
        if (!entry)
            return errno ? fs_failure() : UV_EOF;
    } while (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0);
    *name = entry->d_name;
    if (fstatat(dirfd(l->directory), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
        fs_fill_stat(to, &st);
    return 0;
}

int port_listing_stat(const port_listing *l, uv_stat_t *to)
{
    struct stat st;
    if (fstat(dirfd(l->directory), &st) < 0)
        return fs_failure();
    fs_fill_stat(to, &st);
    return 0;
}

void port_listing_close(port_listing *l)
{
    if (l)
        closedir(l->directory);
    free(l);
}
