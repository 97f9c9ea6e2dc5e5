/* Patterns of this machine's files. What the system expands it does itself; `**` it does not know,
 * so then names are read here, and mean what they mean in patterns of a server. */
#include "local_file.h"

#include "port.h"
#include "text.h"

#include <cleat/glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

typedef struct search {
    local_paths *found;
    const local_search_options *options;
    size_t room;
    bool only_folders, failed;
} search;

static void keep(search *s, char *path)
{
    local_paths *found = s->found;
    size_t room = found->count == s->room ? 2 * s->room + 16 : s->room;
    char **grown =
        path && room > s->room ? realloc(found->list, room * sizeof *grown) : found->list;
    if (!path || !grown) {
        s->failed = true;
        free(path);
        return;
    }
    found->list = grown;
    s->room = room;
    found->list[found->count++] = path;
}

static bool goes_on(search *s)
{
    const local_search_options *o = s->options;
    s->failed = s->failed || (o->goes_on && !o->goes_on(o->user));
    return !s->failed;
}

static char *below(const char *folder, const char *name)
{
    const char *slash = *folder && !text_ends_in_slash(folder) ? "/" : "";
    return text_format("%s%s%s", folder, slash, name);
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

static void expand(search *s, const char *path, const char *pattern);

/* Every name in the folder that is like the part. */
static void expand_names(search *s, const char *folder, const char *part, const char *rest)
{
    uv_fs_t fs;
    uv_dirent_t entry;
    int result = uv_fs_scandir(NULL, &fs, *folder ? folder : ".", 0, NULL);
    while (result >= 0 && goes_on(s) && uv_fs_scandir_next(&fs, &entry) == 0) {
        char *path = cleat_glob_matches(entry.name, part) ? below(folder, entry.name) : NULL;
        if (path)
            expand(s, path, rest);
        free(path);
    }
    uv_fs_req_cleanup(&fs);
}

/* In the folder and all below it, but for links and names that begin with a dot. */
static void expand_anywhere(search *s, const char *folder, const char *rest)
{
    uv_fs_t fs;
    uv_dirent_t entry;
    expand(s, folder, rest);
    int result = uv_fs_scandir(NULL, &fs, *folder ? folder : ".", 0, NULL);
    while (result >= 0 && goes_on(s) && uv_fs_scandir_next(&fs, &entry) == 0) {
        char *path = *entry.name == '.' ? NULL : below(folder, entry.name);
        if (path && local_is_real_directory(path))
            expand_anywhere(s, path, rest);
        free(path);
    }
    uv_fs_req_cleanup(&fs);
}

static void expand_end(search *s, const char *path)
{
    if (!*path || (s->only_folders && !local_is_directory(path)))
        return;
    keep(s, text_format("%s", path));
}

/* One part of the pattern after another. */
static void expand(search *s, const char *path, const char *pattern)
{
    pattern += strspn(pattern, "/");
    size_t len = strcspn(pattern, "/");
    const char *rest = pattern + len + strspn(pattern + len, "/");
    char *part = text_format("%.*s", (int)len, pattern);
    if (!part)
        s->failed = true;
    else if (!len)
        expand_end(s, path);
    else if (strcmp(part, "**") == 0 && strncmp(rest, "**", 2) == 0 && (!rest[2] || rest[2] == '/'))
        expand(s, path, rest);
    else if (strcmp(part, "**") == 0)
        expand_anywhere(s, path, *rest ? rest : "*");
    else if (cleat_glob_is_pattern(part))
        expand_names(s, path, part, rest);
    else {
        unescape(part);
        char *next = below(path, part);
        if (next && local_is_there(next))
            expand(s, next, rest);
        free(next);
    }
    free(part);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Several ways may lead to one path. */
static void sort(local_paths *found)
{
    size_t kept = 0;
    if (found->count)
        qsort(found->list, found->count, sizeof *found->list, by_name);
    for (size_t i = 0; i < found->count; i++) {
        if (kept && strcmp(found->list[kept - 1], found->list[i]) == 0)
            free(found->list[i]);
        else
            found->list[kept++] = found->list[i];
    }
    found->count = kept;
}

static bool has_tree(const char *pattern)
{
    for (const char *at = strstr(pattern, "**"); at; at = strstr(at + 1, "**")) {
        if ((at == pattern || at[-1] == '/') && (!at[2] || at[2] == '/'))
            return true;
    }
    return false;
}

static cleat_status expand_by_system(search *s, const char *pattern, cleat_error *error)
{
    char **paths = NULL;
    cleat_status st = port_path_glob(&paths, pattern, error);
    for (size_t i = 0; st == CLEAT_OK && paths[i]; i++)
        keep(s, text_format("%s", paths[i]));
    port_free(paths);
    return st;
}

cleat_status local_matches(local_paths *found, const char *pattern,
                           const local_search_options *options, cleat_error *error)
{
    cleat_status st = CLEAT_OK;
    search s = {.found = found, .options = options, .only_folders = text_ends_in_slash(pattern)};
    *found = (local_paths){0};
    if (has_tree(pattern)) {
        expand(&s, *pattern == '/' ? "/" : "", pattern);
        sort(found);
    } else {
        st = expand_by_system(&s, pattern, error);
    }
    if (s.failed && st == CLEAT_OK) {
        st = CLEAT_E_CANCELLED;
        *error = (cleat_error){.status = st};
        snprintf(error->text, sizeof error->text, "\"%s\": interrupted, or out of memory", pattern);
    }
    if (st != CLEAT_OK)
        local_paths_free(found);
    return st;
}

void local_paths_free(local_paths *found)
{
    cleat_glob_free_paths(found->list, found->count);
    *found = (local_paths){0};
}
