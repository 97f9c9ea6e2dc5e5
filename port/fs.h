/* Files for those who serve or copy them: what libuv's calls lack, and all that takes a path, so
 * that a tree can be closed off. Every call blocks, is safe from any thread, and returns 0 or one
 * of libuv's error numbers (UV_ENOENT ...). A file is a uv_file; uv_fs_read and its like work on
 * it.
 *
 * Paths are bytes on POSIX and UTF-8 on Windows, begin with '/' and have '/' between their parts;
 * on Windows "/C:/Users" is C:\Users. */
#ifndef PORT_FS_H
#define PORT_FS_H

#include <cleat/types.h>
#include <uv.h>

/* A tree of files: the system's, or one that a root closes off. Beneath a root "/" is the root,
 * ".." does not leave it, and links are followed as if it were the system's root (as with chroot);
 * what others rename meanwhile changes nothing about that. On Windows names are checked before they
 * are used, which somebody with access to the tree from outside could get around. */
typedef struct port_tree port_tree;

/* root NULL: the system's. Nothing is opened anew later: a root that is renamed stays the root. */
CLEAT_MUST_USE int port_tree_open(port_tree **tree, const char *root);
void port_tree_close(port_tree *tree);

/* Whether the number says that the user's share of the disk is used up; libuv has no name for it.
 */
bool port_is_quota(int failure);

/* A path as the system writes it (absolute) as one of a tree without root; NULL: it is not
 * absolute, or there is no memory. Release with port_free. */
char *port_tree_name(const char *path);

/* ---- opening --------------------------------------------------------------------------------- */

enum {
    PORT_OPEN_READ = 1,
    PORT_OPEN_WRITE = 2,
    PORT_OPEN_APPEND = 4,
    PORT_OPEN_CREATE = 8,
    PORT_OPEN_EXCLUSIVE = 16,
    PORT_OPEN_TRUNCATE = 32,
    PORT_OPEN_NOFOLLOW = 64
};

/* Never waits for a peer of a FIFO, never becomes a controlling terminal. `mode` is less what the
 * process's umask takes. */
CLEAT_MUST_USE int port_tree_file(uv_file *file, const port_tree *tree, const char *path,
                                  unsigned flags, uint32_t mode);

/* The entries of a directory, without "." and "..", one after another. */
typedef struct port_listing port_listing;
CLEAT_MUST_USE int port_tree_list(port_listing **listing, const port_tree *tree, const char *path);

/* UV_EOF after the last. *name is borrowed until the next call; `stat` is of the entry itself, not
 * of what it links to, and all zero where it cannot be told. */
CLEAT_MUST_USE int port_listing_next(port_listing *listing, const char **name, uv_stat_t *stat);

/* The directory itself. */
CLEAT_MUST_USE int port_listing_stat(const port_listing *listing, uv_stat_t *stat);
void port_listing_close(port_listing *listing);

/* ---- names ----------------------------------------------------------------------------------- */

CLEAT_MUST_USE int port_tree_stat(const port_tree *tree, const char *path, bool follow,
                                  uv_stat_t *stat);
CLEAT_MUST_USE int port_tree_mkdir(const port_tree *tree, const char *path, uint32_t mode);
CLEAT_MUST_USE int port_tree_rmdir(const port_tree *tree, const char *path);
CLEAT_MUST_USE int port_tree_unlink(const port_tree *tree, const char *path);

/* Without `replace` a new path that exists is UV_EEXIST, whatever happens at the same time. */
CLEAT_MUST_USE int port_tree_rename(const port_tree *tree, const char *path, const char *new_path,
                                    bool replace);
CLEAT_MUST_USE int port_tree_link(const port_tree *tree, const char *path, const char *new_path);
CLEAT_MUST_USE int port_tree_symlink(const port_tree *tree, const char *target,
                                     const char *new_path);

/* What a link says; release with port_free. */
CLEAT_MUST_USE int port_tree_readlink(char **target, const port_tree *tree, const char *path);

/* The path without links, "." and ".."; release with port_free. `missing`: what the last part names
 * need not exist. */
CLEAT_MUST_USE int port_tree_real(char **real, const port_tree *tree, const char *path,
                                  bool missing);

/* ---- attributes ------------------------------------------------------------------------------ */

typedef struct port_time {
    int64_t seconds; /* since 1970 */
    uint32_t nanoseconds;
} port_time;

enum {
    PORT_SET_SIZE = 1,
    PORT_SET_MODE = 2,
    PORT_SET_OWNER = 4,
    PORT_SET_GROUP = 8,
    PORT_SET_ATIME = 16,
    PORT_SET_MTIME = 32
};

/* What is to be changed: the members that `set` names. */
typedef struct port_change {
    unsigned set;
    uint64_t size;
    uint32_t mode; /* permissions */
    uint32_t owner, group;
    port_time atime, mtime;
} port_change;

/* In this order: size, mode, owner, times; the first failure ends it. Without `follow` a link
 * itself is meant, which has no size, and no mode on most systems. */
CLEAT_MUST_USE int port_tree_change(const port_tree *tree, const char *path, bool follow,
                                    const port_change *change);
CLEAT_MUST_USE int port_file_change(uv_file file, const port_change *change);

/* As statvfs(3). */
typedef struct port_space {
    uint64_t block, fragment;
    uint64_t blocks, blocks_free, blocks_available;
    uint64_t files, files_free, files_available;
    uint64_t id, name_max;
    bool read_only, no_setuid;
} port_space;

CLEAT_MUST_USE int port_tree_space(const port_tree *tree, const char *path, port_space *space);
CLEAT_MUST_USE int port_file_space(uv_file file, port_space *space);

/* ---- content --------------------------------------------------------------------------------- */

/* Copies up to `length` bytes, within the system where it can; *copied 0: the end of `from`. */
CLEAT_MUST_USE int port_file_copy(uv_file from, uint64_t from_offset, uint64_t length, uv_file to,
                                  uint64_t to_offset, uint64_t *copied);

/* The next part of the file at or after `offset` that is no hole. UV_EOF: none. Where the system
 * does not tell, all up to the end is such a part. */
CLEAT_MUST_USE int port_file_data(uv_file file, uint64_t offset, uint64_t *start, uint64_t *end);

/* Keeps other open files, of this process too, from locking bytes of the range (length 0: all
 * behind `offset`); shared: only from locking them alone. UV_EBUSY: another has them; nothing
 * waits. UV_EACCES: alone takes a file that is open for writing, shared one for reading.
 * UV_ENOTSUP: the system has no such locks. The locks of an open file must not overlap; they end
 * with it. */
CLEAT_MUST_USE int port_range_lock(uv_file file, uint64_t offset, uint64_t length, bool shared);
CLEAT_MUST_USE int port_range_unlock(uv_file file, uint64_t offset, uint64_t length);

/* Whether others' reads and writes fail, too. */
bool port_range_locks_bind(void);

/* A new file whose unwritten parts shall take no room. Nothing to do on most systems. */
void port_file_sparse(uv_file file);

/* How lines of text end in files here. Static storage. */
const char *port_newline(void);

/* ---- people and time ------------------------------------------------------------------------- */

/* The name of a user or group, or NULL; release with port_free. */
char *port_owner_name(uint32_t id, bool group);
CLEAT_MUST_USE bool port_owner_id(uint32_t *id, const char *name, bool group);

/* The calendar of the system's time zone. */
typedef struct port_calendar {
    int year, month, day, hour, minute, second; /* month and day from 1 */
} port_calendar;
void port_local_time(int64_t seconds, port_calendar *calendar);

#endif
