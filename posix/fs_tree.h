/* How a path finds its file: fs_beneath.c beneath a root, by the kernel alone elsewhere. */
#ifndef PORT_POSIX_FS_TREE_H
#define PORT_POSIX_FS_TREE_H

#include "fs.h"

struct port_tree {
    int root; /* -1: the system's tree */
};

/* As open(2), beneath the tree's root. A descriptor, or -1 with errno. */
int fs_open(const port_tree *tree, const char *path, int flags, unsigned mode);

/* Beneath the directory `root`, where the kernel sees to it (-1 with ENOSYS where it cannot), and
 * by walking from part to part. */
int fs_open_by_kernel(int root, const char *path, int flags, unsigned mode);
int fs_open_by_walk(int root, const char *path, int flags, unsigned mode);

/* The last part of a path and the directory it is in, for calls that do not follow it. */
typedef struct fs_place {
    int directory;    /* AT_FDCWD without a root */
    const char *name; /* in it; points into `text` */
    char *text;
} fs_place;

/* 0, or an error of libuv's. */
int fs_enter(fs_place *place, const port_tree *tree, const char *path);
void fs_leave(fs_place *place);

/* What stat(2) says, as libuv has it. */
struct stat;
void fs_fill_stat(uv_stat_t *to, const struct stat *from);

/* libuv's number for errno. */
int fs_failure(void);

#endif
