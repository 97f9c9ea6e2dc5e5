/* Paths of a tree as Windows has them. */
#ifndef PORT_WIN32_FS_TREE_H
#define PORT_WIN32_FS_TREE_H

#include "fs.h"

struct port_tree {
    char *root; /* without links and without \\?\; NULL: all drives */
};

/* What to do about a link at the end of a path that is checked. */
typedef enum fs_end { FS_FOLLOWED, FS_ITSELF } fs_end;

/* \\?\C:\a\b for "/C:/a/b", or beneath the root; release with free. The path "/" of a tree without
 * root is no place: *native is NULL then. 0, or an error of libuv's. */
int fs_native(char **native, const port_tree *tree, const char *path, fs_end end);

/* "/C:/a" for C:\a or \\?\C:\a, or what it is beneath the root; NULL: no memory. */
char *fs_tree_path(const port_tree *tree, const char *native);

/* MoveFile without replacing; paths as of fs_native. */
int fs_rename_beside(const char *from, const char *to);

/* printf into a new string; free. */
char *fs_format(const char *format, ...) CLEAT_PRINTF(1, 2);

#endif
