/* Patterns on the server: one part of the path after another; what has matched so far is the list
 * of folders to look into for the next part. */
#include "port.h"
#include "stream.h"

#include <cleat/glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PATHS_MAX = 100000,
    BYTES_MAX = 64 << 20, /* of paths */
    EMPTY_MAX = 100       /* lists without a name in a row */
};

typedef struct paths {
    char **items;
    size_t count, room, bytes;
} paths;

struct cleat_glob {
    cleat_sftp_waiter waiter; /* first */
    cleat_sftp_link *link;
    cleat_glob_cb done;
    void *user;
    char *pattern;
    const char *rest; /* of the pattern, behind the part that is looked for */
    char *part;
    bool anywhere; /* it is looked for in the folders below those that were found, too */
    bool in_listing;
    unsigned empty; /* lists without a name, one after another */
    bool unseen;    /* what was found ends in a part that may not be there */
    paths found, next;
    size_t at; /* of found: the folder that is read */
    cleat_error why;
    cleat_sftp_file folder;
};

/* ---- lists ---- */

/* Takes the path. */
static bool add(paths *p, char *path)
{
    if (path && p->count == p->room && p->count < PATHS_MAX) {
        size_t room = p->room * 2 + 16;
        char **grown = realloc(p->items, room * sizeof *grown);
        if (grown) {
            p->items = grown;
            p->room = room;
        }
    }
    size_t len = path ? strlen(path) : 0;
    if (!path || p->count == p->room || p->bytes + len > BYTES_MAX) {
        free(path);
        return false;
    }
    p->bytes += len;
    p->items[p->count++] = path;
    return true;
}

void cleat_glob_free_paths(char **items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(items[i]);
    free(items);
}

static void clear(paths *p)
{
    cleat_glob_free_paths(p->items, p->count);
    *p = (paths){0};
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* ---- the walk ---- */

static void look(cleat_glob *g);

static void fail(cleat_glob *g, cleat_status st, const char *text)
{
    g->why.status = st;
    snprintf(g->why.text, sizeof g->why.text, "%s", text);
}

/* Of sorted ones: a server may name an entry twice. */
static void drop_doubles(paths *p)
{
    size_t kept = 0;
    for (size_t i = 0; i < p->count; i++) {
        if (kept && strcmp(p->items[kept - 1], p->items[i]) == 0)
            free(p->items[i]);
        else
            p->items[kept++] = p->items[i];
    }
    p->count = kept;
}

static void drop(cleat_glob *g)
{
    clear(&g->found);
    clear(&g->next);
    free(g->part);
    free(g->pattern);
    free(g);
}

static void finish(cleat_glob *g)
{
    if (g->why.status)
        clear(&g->found);
    paths all = g->found;
    g->found = (paths){0};
    if (all.count)
        qsort(all.items, all.count, sizeof *all.items, compare);
    drop_doubles(&all);
    g->done(g->user, all.items, all.count, &g->why);
    drop(g);
}

static bool ends_in_slash(const char *path)
{
    size_t len = strlen(path);
    return len && path[len - 1] == '/';
}

/* With `end` behind it, which is "" or a slash. */
static char *below(const char *folder, const char *name, const char *end)
{
    const char *slash = *folder && !ends_in_slash(folder) ? "/" : "";
    size_t size = strlen(folder) + strlen(slash) + strlen(name) + strlen(end) + 1;
    char *path = malloc(size);
    if (path)
        snprintf(path, size, "%s%s%s%s", folder, slash, name, end);
    return path;
}

/* In its place. */
static void unescape(char *text)
{
    char *to = text;
    for (; *text; text++) {
        text += *text == '\\' && text[1];
        *to++ = *text;
    }
    *to = 0;
}

/* The next part of the pattern. */
static bool cut_part(cleat_glob *g)
{
    const char *start = g->rest + strspn(g->rest, "/");
    size_t len = strcspn(start, "/");
    free(g->part);
    g->part = len ? loop_text((cleat_slice){(const uint8_t *)start, len}) : NULL;
    g->rest = start + len;
    if (len && !g->part)
        fail(g, CLEAT_E_NOMEM, "out of memory");
    return g->part != NULL;
}

/* `**` says where the part behind it is looked for; at the end it stands for all names. */
static bool cut(cleat_glob *g)
{
    bool more = cut_part(g);
    g->anywhere = false;
    while (more && strcmp(g->part, "**") == 0) {
        g->anywhere = true;
        more = cut_part(g);
    }
    if (g->anywhere && !more && !g->why.status) {
        g->part = loop_text(cleat_slice_of("*"));
        more = g->part != NULL;
    }
    return more;
}

static void keep_in(cleat_glob *g, paths *p, char *path)
{
    if (!path)
        fail(g, CLEAT_E_NOMEM, "out of memory");
    else if (!add(p, path))
        fail(g, CLEAT_E_LIMIT, "too many names match, or there is too little memory");
}

static void keep(cleat_glob *g, char *path)
{
    keep_in(g, &g->next, path);
}

/* A part without a pattern is only put behind what was found. */
static void append(cleat_glob *g)
{
    unescape(g->part);
    g->unseen = true;
    for (size_t i = 0; i < g->found.count; i++)
        keep(g, below(g->found.items[i], g->part, ""));
}

static void keep_found(cleat_glob *g)
{
    keep(g, g->found.items[g->at]);
    g->found.items[g->at] = NULL;
}

/* Asks for what no list has told of: whether a part without a pattern is there, and, where a slash
 * ends the pattern, whether it is a folder or a link to one. Those that are known to be end in a
 * slash now. */
static void sift(cleat_glob *g)
{
    cleat_sftp *s = cleat_sftp_link_session(g->link);
    for (; g->at < g->found.count && !g->why.status; g->at++) {
        char *path = g->found.items[g->at];
        if (ends_in_slash(path)) {
            path[strlen(path) - 1] = 0;
            keep_found(g);
        } else if (cleat_sftp_stat(s, path, ends_in_slash(g->pattern), &g->waiter) == CLEAT_OK) {
            return;
        }
    }
    clear(&g->found);
    g->found = g->next;
    g->next = (paths){0};
    finish(g);
}

static void on_facts(cleat_glob *g, const cleat_sftp_answer *answer)
{
    bool any = !ends_in_slash(g->pattern);
    if (answer->code == CLEAT_SFTP_OK && (any || answer->attrs->type == CLEAT_SFTP_DIRECTORY))
        keep_found(g);
    g->at++;
    sift(g);
}

static void next_part(cleat_glob *g)
{
    while (!g->why.status && cut(g)) {
        if (g->anywhere || cleat_glob_is_pattern(g->part)) {
            g->at = 0;
            g->unseen = false;
            look(g);
            return;
        }
        append(g);
        clear(&g->found);
        g->found = g->next;
        g->next = (paths){0};
    }
    g->at = 0;
    g->in_listing = false;
    if (!g->why.status && (g->unseen || ends_in_slash(g->pattern)))
        sift(g);
    else
        finish(g);
}

/* Reads the folder at g->at, or goes on with the next part. A folder that cannot be read has no
 * matches. */
static void look(cleat_glob *g)
{
    cleat_sftp *s = cleat_sftp_link_session(g->link);
    while (g->at < g->found.count && !g->why.status) {
        const char *folder = g->found.items[g->at];
        g->in_listing = false;
        if (cleat_sftp_opendir(s, *folder ? folder : ".", &g->waiter) == CLEAT_OK)
            return;
        g->at++;
    }
    clear(&g->found);
    g->found = g->next;
    g->next = (paths){0};
    next_part(g);
}

/* The last part of the pattern, and a slash behind it. */
static bool is_for_folders(const cleat_glob *g)
{
    return *g->rest && !g->rest[strspn(g->rest, "/")];
}

/* What it may be is seen later (sift). */
static void take_folder(cleat_glob *g, const char *folder, const char *name, cleat_sftp_type type)
{
    if (type == CLEAT_SFTP_DIRECTORY)
        keep(g, below(folder, name, "/"));
    else if (type == CLEAT_SFTP_SYMLINK || type == CLEAT_SFTP_UNKNOWN)
        keep(g, below(folder, name, ""));
}

static void take(cleat_glob *g, const cleat_sftp_name *entry)
{
    const char *folder = g->found.items[g->at];
    cleat_sftp_type type = entry->attrs.type;
    char *name = loop_text(entry->name);
    bool good = name && port_name_is_plain(name);
    bool matches = good && cleat_glob_matches(name, g->part);
    if (!name)
        fail(g, CLEAT_E_NOMEM, "out of memory");
    if (matches && is_for_folders(g))
        take_folder(g, folder, name, type);
    else if (matches)
        keep(g, below(folder, name, ""));
    if (g->anywhere && good && type == CLEAT_SFTP_DIRECTORY && *name != '.')
        keep_in(g, &g->found, below(folder, name, ""));
    free(name);
}

static void ignore(cleat_sftp_waiter *waiter, const cleat_sftp_answer *answer)
{
    (void)waiter;
    (void)answer;
}

static cleat_sftp_waiter nobody = {ignore};

static void leave(cleat_glob *g)
{
    if (g->in_listing &&
        cleat_sftp_close(cleat_sftp_link_session(g->link), &g->folder, &nobody) != CLEAT_OK)
        g->in_listing = false;
    g->at++;
    look(g);
}

static void on_answer(cleat_sftp_waiter *waiter, const cleat_sftp_answer *answer)
{
    cleat_glob *g = (cleat_glob *)waiter;
    if (answer->request == CLEAT_SFTP_REQ_ATTRS) {
        on_facts(g, answer);
        return;
    }
    if (answer->code != CLEAT_SFTP_OK) {
        if (g->in_listing && answer->code != CLEAT_SFTP_EOF)
            fail(g, CLEAT_E_IO, "the list of a folder broke off");
        leave(g);
        return;
    }
    if (answer->request == CLEAT_SFTP_REQ_OPENDIR) {
        g->folder = answer->handle;
        g->in_listing = true;
    }
    g->empty = answer->name_count ? 0 : g->empty + 1;
    if (g->empty > EMPTY_MAX)
        fail(g, CLEAT_E_PROTO, "a folder's list has no entries and no end");
    for (size_t i = 0; i < answer->name_count; i++)
        take(g, &answer->names[i]);
    if (answer->at_end || g->why.status ||
        cleat_sftp_readdir(cleat_sftp_link_session(g->link), &g->folder, &g->waiter) != CLEAT_OK)
        leave(g);
}

void cleat_glob_stop(cleat_glob *g, bool is_over)
{
    cleat_sftp *s = is_over ? NULL : cleat_sftp_link_session(g->link);
    if (s)
        cleat_sftp_abandon(s, &g->waiter);
    if (s && g->in_listing && cleat_sftp_close(s, &g->folder, &nobody) == CLEAT_OK)
        cleat_sftp_link_send(g->link);
    drop(g);
}

cleat_status cleat_glob_start(cleat_glob **out, cleat_sftp_link *link, const char *pattern,
                              cleat_glob_cb done, void *user)
{
    bool is_pattern = cleat_glob_is_pattern(pattern);
    cleat_glob *g = calloc(1, sizeof *g);
    const char *start = !is_pattern ? pattern : *pattern == '/' ? "/" : "";
    *out = NULL;
    if (!g || !(g->pattern = loop_text(cleat_slice_of(pattern))) ||
        !add(&g->found, loop_text(cleat_slice_of(start)))) {
        if (g)
            drop(g);
        return CLEAT_E_NOMEM;
    }
    g->waiter.on_answer = on_answer;
    g->link = link;
    g->done = done;
    g->user = user;
    g->rest = g->pattern;
    *out = g;
    if (is_pattern)
        next_part(g);
    else
        finish(g);
    return CLEAT_OK;
}
