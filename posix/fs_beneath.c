/* Paths that may not leave a root, whatever links say and whoever renames what meanwhile. */
#include "fs_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#ifdef SYS_openat2
#include <linux/openat2.h>
#endif

enum { DEPTH_MAX = 256, LINKS_MAX = 40, TRIES = 64 };

/* ---- by the kernel ---- */

#ifdef SYS_openat2
/* Of the two permission arguments openat2 refuses what open ignores. */
int fs_open_by_kernel(int root, const char *path, int flags, unsigned mode)
{
    const struct open_how how = {
        .flags = (unsigned)(flags | O_CLOEXEC),
        .mode = flags & O_CREAT ? mode & 07777 : 0,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };
    int fd = -1;
    for (int i = 0; i < TRIES; i++) {
        fd = (int)syscall(SYS_openat2, root, path, &how, sizeof how);
        if (fd >= 0 || errno != EAGAIN) /* something was renamed under its hands */
            break;
    }
    return fd;
}
#else
int fs_open_by_kernel(int root, const char *path, int flags, unsigned mode)
{
    (void)root, (void)path, (void)flags, (void)mode;
    errno = ENOSYS;
    return -1;
}
#endif

/* ---- by walking ---- */

#ifndef O_PATH
#define O_PATH O_RDONLY
#endif

/* Each directory on the way is held open, so that ".." means the one we came from. */
typedef struct walk {
    int root;
    int stack[DEPTH_MAX];
    size_t depth;
    char *rest; /* what is still to be walked */
    unsigned links;
} walk;

static int here(const walk *w)
{
    return w->depth ? w->stack[w->depth - 1] : w->root;
}

static void up(walk *w)
{
    if (w->depth)
        close(w->stack[--w->depth]);
}

static int fail(int error)
{
    errno = error;
    return -1;
}

static int into(walk *w, int fd)
{
    if (w->depth == DEPTH_MAX) {
        close(fd);
        return fail(ENAMETOOLONG);
    }
    w->stack[w->depth++] = fd;
    return 0;
}

/* Cuts the next part off the rest; false at the end. */
static bool next_part(walk *w, char part[NAME_MAX + 1], bool *last)
{
    w->rest += strspn(w->rest, "/");
    size_t len = strcspn(w->rest, "/");
    if (!len)
        return false;
    if (len > NAME_MAX)
        len = NAME_MAX; /* the kernel says what is wrong with it */
    memcpy(part, w->rest, len);
    part[len] = 0;
    w->rest += len;
    *last = w->rest[strspn(w->rest, "/")] == 0;
    return true;
}

/* The link's text takes the link's place. *text holds the rest, and is replaced. */
static int follow(walk *w, char **text, const char *part)
{
    char target[PATH_MAX];
    ssize_t n = readlinkat(here(w), part, target, sizeof target - 1);
    if (n < 0)
        return -1;
    if (++w->links > LINKS_MAX)
        return fail(ELOOP);
    target[n] = 0;
    size_t rest = strlen(w->rest) + 1;
    char *longer = malloc((size_t)n + 1 + rest);
    if (!longer)
        return fail(ENOMEM);
    memcpy(longer, target, (size_t)n);
    longer[n] = '/';
    memcpy(longer + n + 1, w->rest, rest);
    while (target[0] == '/' && w->depth)
        up(w);
    free(*text);
    *text = w->rest = longer;
    return 0;
}

static bool is_link(const walk *w, const char *part)
{
    struct stat st;
    return fstatat(here(w), part, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode);
}

/* One part that is not the last: into the directory, or what the link says. Who swaps the two in
 * between gets an error, since a link is not followed by opening it. */
static int step(walk *w, char **text, const char *part)
{
    if (strcmp(part, ".") == 0)
        return 0;
    if (strcmp(part, "..") == 0) {
        up(w);
        return 0;
    }
    if (is_link(w, part))
        return follow(w, text, part);
    int fd = openat(here(w), part, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? -1 : into(w, fd);
}

static bool is_dots(const char *part)
{
    return strcmp(part, ".") == 0 || strcmp(part, "..") == 0;
}

/* The descriptor, or -1: with *done false there is more to walk. */
static int last_step(walk *w, char **text, const char *part, int flags, unsigned mode, bool *done)
{
    bool want_link = (flags & O_NOFOLLOW) || (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL);
    *done = false;
    if (is_dots(part))
        return step(w, text, part);
    if (!want_link && is_link(w, part))
        return follow(w, text, part);
    *done = true;
    return openat(here(w), part, flags | O_NOFOLLOW | O_CLOEXEC, mode);
}

/* The walk ended in a directory: "/", "a/..". */
static int open_here(const walk *w, int flags)
{
    return openat(here(w), ".", flags | O_CLOEXEC, 0);
}

int fs_open_by_walk(int root, const char *path, int flags, unsigned mode)
{
    char part[NAME_MAX + 1];
    char *text = strdup(path);
    walk w = {.root = root, .rest = text};
    bool last = false;
    bool done = false;
    int fd = text ? 0 : fail(ENOMEM);
    while (fd == 0 && !done && next_part(&w, part, &last)) {
        if (!last)
            fd = step(&w, &text, part);
        else
            fd = last_step(&w, &text, part, flags, mode, &done);
    }
    if (fd == 0 && !done)
        fd = open_here(&w, flags);
    int error = errno;
    while (w.depth)
        up(&w);
    free(text);
    errno = error;
    return fd;
}

/* ---- both ---- */

int fs_open(const port_tree *tree, const char *path, int flags, unsigned mode)
{
    if (tree->root < 0)
        return open(path, flags | O_CLOEXEC, mode);
    int fd = fs_open_by_kernel(tree->root, path, flags, mode);
    bool refused = fd < 0 && (errno == ENOSYS || errno == EPERM); /* by a filter, too */
    return refused ? fs_open_by_walk(tree->root, path, flags, mode) : fd;
}

/* ---- the last part ---- */

static int split(fs_place *place, const port_tree *tree)
{
    char *end = place->text + strlen(place->text);
    while (end > place->text && end[-1] == '/')
        *--end = 0;
    char *slash = strrchr(place->text, '/');
    char *name = slash ? slash + 1 : place->text;
    const char *directory = slash && slash > place->text ? place->text : "/";
    if (!*name || is_dots(name)) { /* a directory by another name; it is its own place */
        directory = *place->text ? place->text : "/";
        name = NULL;
    } else if (slash) {
        *slash = 0;
    }
    place->name = name ? name : ".";
    place->directory = fs_open(tree, directory, O_PATH | O_DIRECTORY, 0);
    return place->directory < 0 ? fs_failure() : 0;
}

int fs_enter(fs_place *place, const port_tree *tree, const char *path)
{
    *place = (fs_place){.directory = AT_FDCWD, .name = path};
    if (tree->root < 0)
        return 0;
    place->text = strdup(path);
    if (!place->text)
        return UV_ENOMEM;
    int failure = split(place, tree);
    if (failure)
        fs_leave(place);
    return failure;
}

void fs_leave(fs_place *place)
{
    if (place->text && place->directory >= 0)
        close(place->directory);
    free(place->text);
    place->text = NULL;
}
