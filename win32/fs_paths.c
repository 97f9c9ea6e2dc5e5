/* Paths of a tree: made Windows' own, and kept beneath a root. */
#include "fs_tree.h"

#include "names.h"
#include "text.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char literal[] = "\\\\?\\";

char *fs_format(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = len < 0 ? NULL : malloc((size_t)len + 1);
    if (!text)
        return NULL;
    va_start(args, format);
    vsnprintf(text, (size_t)len + 1, format, args);
    va_end(args);
    return text;
}

/* ---- what Windows would take for something else ---- */

/* Literal paths reach the file system as they are, so that what it has special meanings for is kept
 * out here: streams, wildcards, and names that no other program could open. */
static bool is_good_part(const char *part, size_t len, bool is_drive)
{
    char name[260];
    if (len >= sizeof name)
        return false;
    memcpy(name, part, len);
    name[len] = 0;
    if (is_drive)
        return len == 2 && isalpha((unsigned char)name[0]) && name[1] == ':';
    return !strpbrk(name, "\\:*?\"<>|") && name[len - 1] != ' ' && name[len - 1] != '.' &&
           !port_name_of_device(name);
}

/* Appends the parts of the path to `to`, "." and ".." taken away by the text alone; `to` has room.
 */
static bool append_parts(char *to, const char *path, bool has_drive)
{
    char *start = to + strlen(to);
    char *at = start;
    while (*path) {
        path += strspn(path, "/");
        size_t len = strcspn(path, "/");
        if (len == 2 && strncmp(path, "..", 2) == 0) {
            while (at > start && *--at != '\\') {
            }
        } else if (len && !(len == 1 && *path == '.')) {
            if (!is_good_part(path, len, has_drive && at == start))
                return false;
            *at++ = '\\';
            memcpy(at, path, len);
            at += len;
        }
        path += len;
    }
    *at = 0;
    return true;
}

/* ---- the root ---- */

/* The same or beneath it; case does not count. */
static bool is_beneath(const char *path, const char *root)
{
    size_t len = strlen(root);
    while (len && root[len - 1] == '\\')
        len--;
    return _strnicmp(path, root, len) == 0 && (!path[len] || path[len] == '\\');
}

/* Where the path really is; what does not exist yet is where its folder is. */
static int check_beneath(const port_tree *tree, const char *native)
{
    uv_fs_t request;
    char *at = fs_format("%s", native);
    int failure = at ? UV_ENOENT : UV_ENOMEM;
    while (failure == UV_ENOENT && strlen(at) > sizeof literal) {
        failure = uv_fs_realpath(NULL, &request, at, NULL);
        if (!failure && !is_beneath(request.ptr, tree->root))
            failure = UV_EACCES;
        uv_fs_req_cleanup(&request);
        char *end = strrchr(at, '\\');
        if (failure == UV_ENOENT && end)
            *end = 0;
    }
    free(at);
    return failure;
}

/* A link that is meant itself has to be where it may be, not to lead there. */
static int check(const port_tree *tree, const char *native, fs_end end)
{
    if (end == FS_FOLLOWED)
        return check_beneath(tree, native);
    char *folder = fs_format("%s", native);
    char *last = folder ? strrchr(folder, '\\') : NULL;
    if (last)
        *last = 0;
    int failure = folder ? check_beneath(tree, folder) : UV_ENOMEM;
    free(folder);
    return failure;
}

/* ---- both ways ---- */

static int native_beneath(char **native, const port_tree *tree, const char *path, fs_end end)
{
    char *text = malloc(sizeof literal + strlen(tree->root) + strlen(path) + 2);
    if (!text)
        return UV_ENOMEM;
    snprintf(text, sizeof literal + strlen(tree->root), "%s%s", literal, tree->root);
    bool is_root = !path[strspn(path, "/.")];
    int failure = append_parts(text, path, false) ? 0 : UV_EINVAL;
    if (!failure)
        failure = check(tree, text, is_root ? FS_FOLLOWED : end);
    if (failure)
        free(text);
    else
        *native = text;
    return failure;
}

static int native_anywhere(char **native, const char *path)
{
    char *text = malloc(sizeof literal + strlen(path) + 3);
    if (!text)
        return UV_ENOMEM;
    text[0] = 0;
    if (!append_parts(text, path, true)) {
        free(text);
        return UV_EINVAL;
    }
    if (!*text) {
        free(text);
        return 0;
    }
    char *whole = fs_format("%s%s%s", literal, text + 1, strlen(text) == 3 ? "\\" : "");
    free(text);
    *native = whole;
    return whole ? 0 : UV_ENOMEM;
}

int fs_native(char **native, const port_tree *tree, const char *path, fs_end end)
{
    *native = NULL;
    return tree->root ? native_beneath(native, tree, path, end) : native_anywhere(native, path);
}

char *fs_tree_path(const port_tree *tree, const char *native)
{
    if (strncmp(native, literal, sizeof literal - 1) == 0)
        native += sizeof literal - 1;
    if (tree && tree->root) {
        size_t len = strlen(tree->root);
        native += is_beneath(native, tree->root) ? len : strlen(native);
    }
    const char *slash = *native == '\\' || *native == '/' ? "" : "/";
    char *path = fs_format("%s%s", slash, native);
    for (char *at = path; at && *at; at++) {
        if (*at == '\\')
            *at = '/';
    }
    return path;
}

char *port_tree_name(const char *path)
{
    bool absolute = isalpha((unsigned char)path[0]) && path[1] == ':';
    return absolute ? fs_tree_path(NULL, path) : NULL;
}
