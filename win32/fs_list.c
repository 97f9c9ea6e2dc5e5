/* Directories, and the drives, which are the entries of "/". */
#include "fs_tree.h"

#include <stdlib.h>
#include <string.h>
#include <windows.h>

struct port_listing {
    uv_fs_t entries;
    bool scanned;
    char *native; /* NULL: the drives */
    char *name;
    DWORD drives;
    char drive[4];
};

int port_tree_list(port_listing **out, const port_tree *tree, const char *path)
{
    port_listing *l = calloc(1, sizeof *l);
    *out = NULL;
    int failure = l ? fs_native(&l->native, tree, path, FS_FOLLOWED) : UV_ENOMEM;
    if (!failure && l->native) {
        failure = uv_fs_scandir(NULL, &l->entries, l->native, 0, NULL);
        l->scanned = true;
    } else if (!failure) {
        l->drives = GetLogicalDrives();
    }
    if (failure < 0) {
        port_listing_close(l);
        return failure;
    }
    *out = l;
    return 0;
}

static int next_drive(port_listing *l, const char **name, uv_stat_t *stat)
{
    for (char letter = 'A'; letter <= 'Z'; letter++) {
        DWORD bit = 1u << (letter - 'A');
        if (!(l->drives & bit))
            continue;
        l->drives &= ~bit;
        l->drive[0] = letter;
        l->drive[1] = ':';
        *name = l->drive;
        *stat = (uv_stat_t){.st_mode = 0040755, .st_nlink = 1};
        return 0;
    }
    return UV_EOF;
}

static void stat_entry(const port_listing *l, const char *name, uv_stat_t *to)
{
    uv_fs_t request;
    char *path = fs_format("%s\\%s", l->native, name);
    if (!path)
        return;
    if (uv_fs_lstat(NULL, &request, path, NULL) == 0)
        *to = request.statbuf;
    uv_fs_req_cleanup(&request);
    free(path);
}

int port_listing_next(port_listing *l, const char **name, uv_stat_t *stat)
{
    uv_dirent_t entry;
    *stat = (uv_stat_t){0};
    if (!l->native)
        return next_drive(l, name, stat);
    int failure = uv_fs_scandir_next(&l->entries, &entry);
    if (failure)
        return failure;
    free(l->name);
    l->name = fs_format("%s", entry.name);
    if (!l->name)
        return UV_ENOMEM;
    *name = l->name;
    stat_entry(l, l->name, stat);
    return 0;
}

int port_listing_stat(const port_listing *l, uv_stat_t *stat)
{
    uv_fs_t request;
    *stat = (uv_stat_t){.st_mode = 0040555, .st_nlink = 1};
    if (!l->native)
        return 0;
    int failure = uv_fs_stat(NULL, &request, l->native, NULL);
    *stat = request.statbuf;
    uv_fs_req_cleanup(&request);
    return failure;
}

void port_listing_close(port_listing *l)
{
    if (!l)
        return;
    if (l->scanned)
        uv_fs_req_cleanup(&l->entries);
    free(l->native);
    free(l->name);
    free(l);
}
