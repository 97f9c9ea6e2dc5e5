/* Patterns on the other side: one part of the path after another; what has matched so far is the
 * list of folders to look into for the next part. */
#include "remote_glob.h"

#include "port.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { PATHS_MAX = 100000, BYTES_MAX = 64 << 20 /* of paths */ };

typedef struct paths {
    char **items;
    size_t count, room, bytes;
} paths;

struct remote_glob {
    cleat_sftp_waiter waiter; /* first */
    cleat_sftp_link *link;
    remote_glob_cb done;
    void *user;
    char *pattern;
    const char *rest; /* of the pattern, behind the part that is looked for */
    char *part;
    bool is_first, in_listing;
    bool unseen; /* what was found ends in a part that may not be there */
    paths found, next;
    size_t at;       /* of found: the folder that is read */
    const char *why; /* it has failed */
    cleat_sftp_file folder;
};

/* ---- matching ---- */

/* A class behind its bracket; *end is behind the closing one. False where it does not close. */
static bool in_class(const char **end, const char *at, char c, bool *matches)
{
    bool negated = *at == '!' || *at == '^';
    bool found = false;
    at += negated;
    for (const char *first = at; *at && (*at != ']' || at == first); at++) {
        char low = *at, high = *at;
        if (at[1] == '-' && at[2] && at[2] != ']') {
            high = at[2];
            at += 2;
        }
        found = found ||
                ((unsigned char)low <= (unsigned char)c && (unsigned char)c <= (unsigned char)high);
    }
    *end = at + 1;
    *matches = found != negated;
    return *at == ']';
}

/* One character of the pattern that is no star; *end is behind it. */
static bool one_matches(const char **end, const char *pattern, char c)
{
    bool matches;
    if (*pattern == '[' && in_class(end, pattern + 1, c, &matches))
        return matches;
    if (*pattern == '?') {
        *end = pattern + 1;
        return true;
    }
    pattern += *pattern == '\\' && pattern[1];
    *end = pattern + 1;
    return *pattern == c;
}

/* A star takes as little as it can; when that does not do, the last one takes a character more. */
bool remote_glob_matches(const char *name, const char *pattern)
{
    const char *star = NULL, *from = name;
    if (*name == '.' && *pattern != '.')
        return false;
    while (*name) {
        const char *end;
        if (*pattern == '*') {
            star = ++pattern;
            from = name;
        } else if (*pattern && one_matches(&end, pattern, *name)) {
            pattern = end;
            name++;
        } else if (star) {
            pattern = star;
            name = ++from;
        } else {
            return false;
        }
    }
    return pattern[strspn(pattern, "*")] == 0;
}

bool remote_glob_is_pattern(const char *text)
{
    for (; *text; text++) {
        if (strchr("*?[", *text))
            return true;
        text += *text == '\\' && text[1];
    }
    return false;
}

char *remote_glob_escape(const char *text)
{
    char *out = malloc(2 * strlen(text) + 1);
    char *to = out;
    for (; out && *text; text++) {
        if (strchr("*?[\\", *text))
            *to++ = '\\';
        *to++ = *text;
    }
    if (out)
        *to = 0;
    return out;
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

void remote_glob_free_paths(char **items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(items[i]);
    free(items);
}

static void clear(paths *p)
{
    remote_glob_free_paths(p->items, p->count);
    *p = (paths){0};
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* ---- the walk ---- */

static void look(remote_glob *g);

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

static void drop(remote_glob *g)
{
    clear(&g->found);
    clear(&g->next);
    free(g->part);
    free(g->pattern);
    free(g);
}

static void finish(remote_glob *g)
{
    if (g->why)
        clear(&g->found);
    paths all = g->found;
    g->found = (paths){0};
    if (all.count)
        qsort(all.items, all.count, sizeof *all.items, compare);
    drop_doubles(&all);
    g->done(g->user, all.items, all.count, g->why);
    drop(g);
}

static char *below(const char *folder, const char *name)
{
    size_t len = strlen(folder);
    return text_format("%s%s%s", folder, len && folder[len - 1] != '/' ? "/" : "", name);
}

/* The next part of the pattern, with the slashes before it kept in what was found. */
static bool cut(remote_glob *g)
{
    const char *start = g->rest + strspn(g->rest, "/");
    size_t len = strcspn(start, "/");
    bool absolute = g->is_first && start > g->rest;
    free(g->part);
    g->part = len ? text_format("%.*s", (int)len, start) : NULL;
    g->rest = start + len;
    if (g->is_first && !add(&g->found, text_format("%s", absolute ? "/" : "")))
        return false;
    g->is_first = false;
    return g->part != NULL;
}

static void keep(remote_glob *g, char *path)
{
    if (!add(&g->next, path))
        g->why = "too many names match, or there is too little memory";
}

/* A part without a pattern is only put behind what was found. */
static void append(remote_glob *g)
{
    unescape(g->part);
    g->unseen = true;
    for (size_t i = 0; i < g->found.count; i++)
        keep(g, below(g->found.items[i], g->part));
}

static void keep_found(remote_glob *g)
{
    keep(g, g->found.items[g->at]);
    g->found.items[g->at] = NULL;
}

/* Asks for what no list has told of: whether a part without a pattern is there, and, where a slash
 * ends the pattern, whether it is a folder or a link to one. Those that are known to be end in a
 * slash now. */
static void sift(remote_glob *g)
{
    cleat_sftp *s = cleat_sftp_link_session(g->link);
    for (; g->at < g->found.count && !g->why; g->at++) {
        char *path = g->found.items[g->at];
        if (text_ends_in_slash(path)) {
            path[strlen(path) - 1] = 0;
            keep_found(g);
        } else if (cleat_sftp_stat(s, path, text_ends_in_slash(g->pattern), &g->waiter) ==
                   CLEAT_OK) {
            return;
        }
    }
    clear(&g->found);
    g->found = g->next;
    g->next = (paths){0};
    finish(g);
}

static void on_facts(remote_glob *g, const cleat_sftp_answer *answer)
{
    bool any = !text_ends_in_slash(g->pattern);
    if (answer->code == CLEAT_SFTP_OK && (any || answer->attrs->type == CLEAT_SFTP_DIRECTORY))
        keep_found(g);
    g->at++;
    sift(g);
}

static void next_part(remote_glob *g)
{
    while (!g->why && cut(g)) {
        if (remote_glob_is_pattern(g->part)) {
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
    if (!g->why && (g->unseen || text_ends_in_slash(g->pattern)))
        sift(g);
    else
        finish(g);
}

/* Reads the folder at g->at, or goes on with the next part. A folder that cannot be read has no
 * matches. */
static void look(remote_glob *g)
{
    cleat_sftp *s = cleat_sftp_link_session(g->link);
    while (g->at < g->found.count && !g->why) {
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
static bool is_for_folders(const remote_glob *g)
{
    return *g->rest && !g->rest[strspn(g->rest, "/")];
}

/* What it may be is seen later (sift). */
static void take_folder(remote_glob *g, const char *name, cleat_sftp_type type)
{
    char *path = below(g->found.items[g->at], name);
    if (type == CLEAT_SFTP_DIRECTORY) {
        keep(g, path ? text_format("%s/", path) : NULL);
        free(path);
    } else if (type == CLEAT_SFTP_SYMLINK || type == CLEAT_SFTP_UNKNOWN) {
        keep(g, path);
    } else {
        free(path);
    }
}

static void take(remote_glob *g, const cleat_sftp_name *entry)
{
    char *name = text_format("%.*s", (int)entry->name.len, (const char *)entry->name.data);
    bool matches = name && port_name_is_plain(name) && remote_glob_matches(name, g->part);
    if (matches && is_for_folders(g))
        take_folder(g, name, entry->attrs.type);
    else if (matches)
        keep(g, below(g->found.items[g->at], name));
    free(name);
}

static void ignore(cleat_sftp_waiter *waiter, const cleat_sftp_answer *answer)
{
    (void)waiter;
    (void)answer;
}

static cleat_sftp_waiter nobody = {ignore};

static void leave(remote_glob *g)
{
    if (g->in_listing &&
        cleat_sftp_close(cleat_sftp_link_session(g->link), &g->folder, &nobody) != CLEAT_OK)
        g->in_listing = false;
    g->at++;
    look(g);
}

static void on_answer(cleat_sftp_waiter *waiter, const cleat_sftp_answer *answer)
{
    remote_glob *g = (remote_glob *)waiter;
    if (answer->request == CLEAT_SFTP_REQ_ATTRS) {
        on_facts(g, answer);
        return;
    }
    if (answer->code != CLEAT_SFTP_OK) {
        if (g->in_listing && answer->code != CLEAT_SFTP_EOF)
            g->why = "the list of a folder broke off";
        leave(g);
        return;
    }
    if (answer->request == CLEAT_SFTP_REQ_OPENDIR) {
        g->folder = answer->handle;
        g->in_listing = true;
    }
    for (size_t i = 0; i < answer->name_count; i++)
        take(g, &answer->names[i]);
    if (answer->at_end || g->why ||
        cleat_sftp_readdir(cleat_sftp_link_session(g->link), &g->folder, &g->waiter) != CLEAT_OK)
        leave(g);
}

static void want_none(void *user, char **items, size_t count, const char *why)
{
    (void)user, (void)why;
    remote_glob_free_paths(items, count);
}

void remote_glob_stop(remote_glob *g, bool is_over)
{
    cleat_sftp *s = is_over ? NULL : cleat_sftp_link_session(g->link);
    if (s && cleat_sftp_abandon(s, &g->waiter) != CLEAT_OK) {
        g->why = "stopped"; /* it goes on for one answer, without memory to pass that over */
        g->done = want_none;
        return;
    }
    if (s && g->in_listing && cleat_sftp_close(s, &g->folder, &nobody) == CLEAT_OK)
        cleat_sftp_link_send(g->link);
    drop(g);
}

bool remote_glob_start(remote_glob **out, cleat_sftp_link *link, const char *pattern,
                       remote_glob_cb done, void *user)
{
    remote_glob *g = calloc(1, sizeof *g);
    if (!g || !(g->pattern = text_format("%s", pattern))) {
        free(g);
        return false;
    }
    g->waiter.on_answer = on_answer;
    g->link = link;
    g->done = done;
    g->user = user;
    g->rest = g->pattern;
    g->is_first = true;
    *out = g;
    if (!remote_glob_is_pattern(pattern)) {
        add(&g->found, text_format("%s", pattern));
        finish(g);
        return true;
    }
    next_part(g);
    return true;
}
