/* What is done with paths. libuv does the work; it takes UTF-8. */
#include "fs_tree.h"

#include <stdlib.h>
#include <string.h>

int port_tree_open(port_tree **out, const char *root)
{
    uv_fs_t request;
    port_tree *tree = calloc(1, sizeof *tree);
    int failure = tree ? 0 : UV_ENOMEM;
    *out = NULL;
    if (!failure && root) {
        failure = uv_fs_realpath(NULL, &request, root, NULL);
        if (!failure && !(tree->root = fs_format("%s", (const char *)request.ptr)))
            failure = UV_ENOMEM;
        uv_fs_req_cleanup(&request);
    }
    if (failure)
        port_tree_close(tree);
    else
        *out = tree;
    return failure;
}

void port_tree_close(port_tree *tree)
{
    if (tree)
        free(tree->root);
    free(tree);
}

bool port_is_quota(int failure)
{
    (void)failure; /* Windows says that the disk is full */
    return false;
}

/* A path for a call that makes, changes or removes something: "/" is not for that. */
static int place(char **native, const port_tree *tree, const char *path, fs_end end)
{
    int failure = fs_native(native, tree, path, end);
    return failure ? failure : *native ? 0 : UV_EACCES;
}

/* ---- opening ---- */

static int open_flags(unsigned flags)
{
    int access = flags & PORT_OPEN_WRITE ? UV_FS_O_WRONLY : UV_FS_O_RDONLY;
    if ((flags & PORT_OPEN_WRITE) && (flags & PORT_OPEN_READ))
        access = UV_FS_O_RDWR;
    return access | (flags & PORT_OPEN_APPEND ? UV_FS_O_APPEND : 0) |
           (flags & PORT_OPEN_CREATE ? UV_FS_O_CREAT : 0) |
           (flags & PORT_OPEN_EXCLUSIVE ? UV_FS_O_EXCL : 0) |
           (flags & PORT_OPEN_TRUNCATE ? UV_FS_O_TRUNC : 0);
}

static bool is_link(const char *native)
{
    uv_fs_t request;
    int failure = uv_fs_lstat(NULL, &request, native, NULL);
    bool link = !failure && (request.statbuf.st_mode & 0170000) == 0120000;
    uv_fs_req_cleanup(&request);
    return link;
}

int port_tree_file(uv_file *file, const port_tree *tree, const char *path, unsigned flags,
                   uint32_t mode)
{
    uv_fs_t request;
    char *native;
    *file = -1;
    int failure = place(&native, tree, path, FS_FOLLOWED);
    if (failure)
        return failure;
    if ((flags & PORT_OPEN_NOFOLLOW) && is_link(native))
        failure = UV_ELOOP;
    if (!failure)
        failure = uv_fs_open(NULL, &request, native, open_flags(flags), (int)mode, NULL);
    uv_fs_req_cleanup(&request);
    free(native);
    if (failure < 0)
        return failure;
    *file = failure;
    return 0;
}

/* ---- attributes ---- */

int port_tree_stat(const port_tree *tree, const char *path, bool follow, uv_stat_t *to)
{
    uv_fs_t request;
    char *native;
    int failure = fs_native(&native, tree, path, follow ? FS_FOLLOWED : FS_ITSELF);
    *to = (uv_stat_t){.st_mode = 0040555, .st_nlink = 1}; /* the folder of all drives */
    if (failure || !native)
        return failure;
    failure = follow ? uv_fs_stat(NULL, &request, native, NULL)
                     : uv_fs_lstat(NULL, &request, native, NULL);
    *to = request.statbuf;
    uv_fs_req_cleanup(&request);
    free(native);
    return failure;
}

/* ---- names ---- */

int port_tree_mkdir(const port_tree *tree, const char *path, uint32_t mode)
{
    uv_fs_t request;
    char *native;
    int failure = place(&native, tree, path, FS_ITSELF);
    if (failure)
        return failure;
    failure = uv_fs_mkdir(NULL, &request, native, (int)mode, NULL);
    uv_fs_req_cleanup(&request);
    free(native);
    return failure;
}

int port_tree_rmdir(const port_tree *tree, const char *path)
{
    uv_fs_t request;
    char *native;
    int failure = place(&native, tree, path, FS_ITSELF);
    if (failure)
        return failure;
    failure = uv_fs_rmdir(NULL, &request, native, NULL);
    uv_fs_req_cleanup(&request);
    free(native);
    return failure;
}

int port_tree_unlink(const port_tree *tree, const char *path)
{
    uv_fs_t request;
    char *native;
    int failure = place(&native, tree, path, FS_ITSELF);
    if (failure)
        return failure;
    failure = uv_fs_unlink(NULL, &request, native, NULL);
    uv_fs_req_cleanup(&request);
    free(native);
    return failure;
}

/* Both paths of a call. */
static int place_both(char *natives[2], const port_tree *tree, const char *path,
                      const char *new_path)
{
    natives[1] = NULL;
    int failure = place(&natives[0], tree, path, FS_ITSELF);
    if (!failure)
        failure = place(&natives[1], tree, new_path, FS_ITSELF);
    if (failure)
        free(natives[0]);
    return failure;
}

int port_tree_link(const port_tree *tree, const char *path, const char *new_path)
{
    uv_fs_t request;
    char *natives[2];
    int failure = place_both(natives, tree, path, new_path);
    if (failure)
        return failure;
    failure = uv_fs_link(NULL, &request, natives[0], natives[1], NULL);
    uv_fs_req_cleanup(&request);
    free(natives[0]);
    free(natives[1]);
    return failure;
}

static int rename_over(const char *from, const char *to)
{
    uv_fs_t request;
    int failure = uv_fs_rename(NULL, &request, from, to, NULL);
    uv_fs_req_cleanup(&request);
    return failure;
}

int port_tree_rename(const port_tree *tree, const char *path, const char *new_path, bool replace)
{
    char *natives[2];
    int failure = place_both(natives, tree, path, new_path);
    if (failure)
        return failure;
    failure =
        replace ? rename_over(natives[0], natives[1]) : fs_rename_beside(natives[0], natives[1]);
    free(natives[0]);
    free(natives[1]);
    return failure;
}

/* A target of ours is written as one of Windows'. Windows asks whether it is a folder. */
int port_tree_symlink(const port_tree *tree, const char *target, const char *new_path)
{
    uv_fs_t request;
    uv_stat_t st;
    char *native;
    int failure = place(&native, tree, new_path, FS_ITSELF);
    if (failure)
        return failure;
    bool absolute = target[0] == '/';
    char *text = NULL;
    if (absolute)
        failure = place(&text, tree, target, FS_FOLLOWED);
    else
        text = fs_format("%s", target);
    for (char *at = text; at && *at; at++)
        *at = *at == '/' ? '\\' : *at;
    bool folder = absolute && !failure && port_tree_stat(tree, target, true, &st) == 0 &&
                  (st.st_mode & 0170000) == 0040000;
    if (!failure)
        failure =
            text ? uv_fs_symlink(NULL, &request, text, native, folder ? UV_FS_SYMLINK_DIR : 0, NULL)
                 : UV_ENOMEM;
    if (text && !failure)
        uv_fs_req_cleanup(&request);
    free(text);
    free(native);
    return failure;
}

int port_tree_readlink(char **target, const port_tree *tree, const char *path)
{
    uv_fs_t request;
    char *native;
    *target = NULL;
    int failure = place(&native, tree, path, FS_ITSELF);
    if (failure)
        return failure;
    failure = uv_fs_readlink(NULL, &request, native, NULL);
    const char *text = failure ? "" : request.ptr;
    bool absolute = text[0] && text[1] == ':';
    if (!failure)
        *target = absolute ? fs_tree_path(tree, text) : fs_format("%s", text);
    for (char *at = *target; at && *at; at++)
        *at = *at == '\\' ? '/' : *at;
    uv_fs_req_cleanup(&request);
    free(native);
    return failure ? failure : *target ? 0 : UV_ENOMEM;
}

/* What exists as Windows says it is; what does not, by its text. */
int port_tree_real(char **real, const port_tree *tree, const char *path, bool missing)
{
    uv_fs_t request;
    char *native;
    *real = NULL;
    int failure = fs_native(&native, tree, path, FS_FOLLOWED);
    if (failure)
        return failure;
    if (!native) {
        *real = fs_format("/");
        return *real ? 0 : UV_ENOMEM;
    }
    failure = uv_fs_realpath(NULL, &request, native, NULL);
    if (!failure)
        *real = fs_tree_path(tree, request.ptr);
    else if (failure == UV_ENOENT && missing)
        *real = fs_tree_path(tree, native);
    uv_fs_req_cleanup(&request);
    free(native);
    if (failure && !(failure == UV_ENOENT && missing))
        return failure;
    return *real ? 0 : UV_ENOMEM;
}
