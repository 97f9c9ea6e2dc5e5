/* A path without links. Each part is looked up beneath the tree's root; the text is put together
 * here. */
#include "fs_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINKS_MAX = 40, TEXT_MAX = 1 << 16 };

typedef struct finding {
    const port_tree *tree;
    char *done; /* "" for the root, else "/a/b" */
    char *rest;
    unsigned links;
} finding;

static char *join(const char *a, const char *between, const char *b)
{
    size_t size = strlen(a) + strlen(between) + strlen(b) + 1;
    char *text = size < TEXT_MAX ? malloc(size) : NULL;
    if (text)
        snprintf(text, size, "%s%s%s", a, between, b);
    return text;
}

static void up(finding *f)
{
    char *slash = strrchr(f->done, '/');
    if (slash)
        *slash = 0;
}

/* The next part, cut off the rest; NULL at the end. */
static char *next_part(finding *f)
{
    const char *at = f->rest + strspn(f->rest, "/");
    size_t len = strcspn(at, "/");
    if (!len)
        return NULL;
    char *part = strndup(at, len);
    memmove(f->rest, at + len, strlen(at + len) + 1);
    return part;
}

static bool is_last(const finding *f)
{
    return f->rest[strspn(f->rest, "/")] == 0;
}

/* `target` comes before the rest; from the root if it says so. */
static int follow(finding *f, const char *target)
{
    if (++f->links > LINKS_MAX)
        return UV_ELOOP;
    char *longer = join(target, "/", f->rest);
    if (!longer)
        return UV_ENOMEM;
    if (*target == '/')
        *f->done = 0;
    free(f->rest);
    f->rest = longer;
    return 0;
}

static int take(finding *f, const char *part, bool missing)
{
    uv_stat_t st;
    char *target;
    char *here = join(f->done, "/", part);
    if (!here)
        return UV_ENOMEM;
    int failure = port_tree_stat(f->tree, here, false, &st);
    if (failure == UV_ENOENT && missing && is_last(f))
        failure = 0;
    else if (!failure && (st.st_mode & 0170000) == 0120000) {
        failure = port_tree_readlink(&target, f->tree, here);
        if (!failure)
            failure = follow(f, target);
        free(target);
        free(here);
        return failure;
    }
    if (failure) {
        free(here);
        return failure;
    }
    free(f->done);
    f->done = here;
    return 0;
}

static int step(finding *f, const char *part, bool missing)
{
    if (strcmp(part, ".") == 0)
        return 0;
    if (strcmp(part, "..") != 0)
        return take(f, part, missing);
    up(f);
    return 0;
}

int port_tree_real(char **real, const port_tree *tree, const char *path, bool missing)
{
    finding f = {.tree = tree, .done = strdup(""), .rest = strdup(path)};
    int failure = f.done && f.rest ? 0 : UV_ENOMEM;
    char *part;
    *real = NULL;
    while (!failure && (part = next_part(&f)) != NULL) {
        failure = step(&f, part, missing);
        free(part);
    }
    if (!failure) {
        *real = *f.done ? join(f.done, "", "") : strdup("/");
        failure = *real ? 0 : UV_ENOMEM;
    }
    free(f.done);
    free(f.rest);
    return failure;
}
