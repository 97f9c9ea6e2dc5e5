/* Directories, names and links. In the pool. */
#include "files_int.h"

#include <stdlib.h>
#include <string.h>

/* ---- names that are made and unmade ---- */

void do_remove(job *j)
{
    uv_stat_t st;
    j->failure = port_tree_stat(j->files->tree, j->path, false, &st);
    if (!j->failure && (st.st_mode & 0170000) == 0040000)
        j->failure = UV_EISDIR;
    if (!j->failure)
        j->failure = port_tree_unlink(j->files->tree, j->path);
}

void do_mkdir(job *j)
{
    const cleat_sftp_attrs *a = &j->request->attrs;
    const cleat_files_options *o = &j->files->options;
    uint32_t mode = a->has & CLEAT_SFTP_HAS_PERMISSIONS ? a->permissions & 07777 : 0777;
    if (o->has_umask)
        mode &= ~o->umask;
    j->failure = port_tree_mkdir(j->files->tree, j->path, mode);
    const port_change change = {.set = PORT_SET_MODE, .mode = mode};
    if (!j->failure && o->has_umask) /* what the process's umask took */
        j->failure = port_tree_change(j->files->tree, j->path, true, &change);
}

void do_rmdir(job *j)
{
    j->failure = port_tree_rmdir(j->files->tree, j->path);
}

void do_rename(job *j)
{
    bool replace = (j->request->flags & CLEAT_SFTP_RENAME_OVERWRITE) != 0;
    j->failure = port_tree_rename(j->files->tree, j->path, j->new_path, replace);
}

void do_symlink(job *j)
{
    j->failure = port_tree_symlink(j->files->tree, j->path, j->new_path);
}

void do_link(job *j)
{
    j->failure = port_tree_link(j->files->tree, j->path, j->new_path);
}

/* ---- one name as the answer ---- */

/* Takes the name. */
static void answer_name(job *j, char *name)
{
    j->kind = RESULT_NAMES;
    j->list = name ? calloc(1, sizeof *j->list) : NULL;
    if (!j->list) {
        free(name);
        j->failure = UV_ENOMEM;
        return;
    }
    j->list->texts[0] = name;
    j->list->text_count = 1;
    j->list->count = 1;
    j->list->names[0] = (cleat_sftp_name){.name = cleat_slice_of(name),
                                          .long_name = cleat_slice_of(name),
                                          .attrs = {.type = CLEAT_SFTP_UNKNOWN}};
}

void do_readlink(job *j)
{
    char *target;
    j->kind = RESULT_NAMES;
    j->failure = port_tree_readlink(&target, j->files->tree, j->path);
    if (!j->failure)
        answer_name(j, files_format("%s", target));
    port_free(target);
}

static bool composes_hidden(const job *j)
{
    bool hidden = false;
    for (size_t i = 0; i < j->request->compose_count; i++)
        hidden = hidden || files_is_hidden(j->files, j->request->compose[i]);
    return hidden;
}

/* The client's path with what it wants to be applied to it. */
static char *composed(const job *j)
{
    char *path = files_format("%s", j->path);
    for (size_t i = 0; path && i < j->request->compose_count; i++) {
        const char *part = j->request->compose[i];
        char *longer = *part == '/' ? files_format("%s", part) : files_format("%s/%s", path, part);
        free(path);
        path = longer;
    }
    return path;
}

static void add_attrs(job *j, const char *path)
{
    uv_stat_t st;
    name_list *l = j->list;
    int failure = port_tree_stat(j->files->tree, path, true, &st);
    if (failure)
        return;
    attrs_from_stat(j->files, &st, &l->names[0].attrs, &l->texts[1], &l->texts[2]);
    l->text_count = 3;
}

static void answer_real(job *j, const char *path)
{
    char *real;
    bool always = j->request->check == CLEAT_SFTP_CHECK_ALWAYS;
    j->kind = RESULT_NAMES;
    j->failure = port_tree_real(&real, j->files->tree, path, !always);
    if (!j->failure)
        answer_name(j, files_format("%s", real));
    port_free(real);
}

/* Version 6 without a check wants the text alone; older versions have always resolved links. */
void do_realpath(job *j)
{
    char *path = composed(j);
    bool text_only = cleat_sftp_server_version(j->files->server) >= 6 &&
                     j->request->check == CLEAT_SFTP_CHECK_NONE;
    if (!path) {
        j->failure = UV_ENOMEM;
        return;
    }
    if (composes_hidden(j)) {
        j->code = CLEAT_SFTP_NO_SUCH_FILE;
        free(path);
        return;
    }
    if (!text_only)
        answer_real(j, path);
    if (text_only || (j->failure && j->request->check == CLEAT_SFTP_CHECK_IF)) {
        j->failure = 0;
        files_normalise(path);
        answer_name(j, files_format("%s", path));
    }
    if (!j->failure && j->request->check != CLEAT_SFTP_CHECK_NONE)
        add_attrs(j, path);
    free(path);
}

/* ---- homes ---- */

/* Beneath a root there is no other home than where paths begin. */
static char *home_of(const job *j, const char *user, size_t len)
{
    const cleat_files_options *o = &j->files->options;
    bool own = !len || (o->user && strlen(o->user) == len && strncmp(o->user, user, len) == 0);
    if (own)
        return files_format("%s", o->directory);
    char *name = o->root ? NULL : files_format("%.*s", (int)len, user);
    port_user *found = NULL;
    if (!name || port_user_lookup(&found, name, NULL) != CLEAT_OK)
        found = NULL;
    char *home = found ? files_format("%s", found->home) : NULL;
    port_user_free(found);
    free(name);
    return home;
}

void do_home(job *j)
{
    char *home = home_of(j, j->path, strlen(j->path));
    if (home)
        answer_name(j, home);
    else
        j->code = CLEAT_SFTP_NO_SUCH_FILE;
}

void do_expand_path(job *j)
{
    bool hidden;
    const char *path = j->path;
    size_t len = strcspn(path, "/");
    char *home = *path == '~' ? home_of(j, path + 1, len - 1) : NULL;
    if (*path == '~' && (!home || files_is_hidden(j->files, path + len))) {
        j->code = CLEAT_SFTP_NO_SUCH_FILE;
        free(home);
        return;
    }
    char *whole =
        home ? files_format("%s%s", home, path + len) : files_absolute(j->files, path, &hidden);
    if (whole)
        answer_real(j, whole);
    else
        j->code = CLEAT_SFTP_NO_SUCH_FILE;
    free(whole);
    free(home);
}

/* ---- directories ---- */

void do_opendir(job *j)
{
    opened *o = opened_new(j->path);
    j->kind = RESULT_HANDLE;
    j->failure = o ? port_tree_list(&o->listing, j->files->tree, j->path) : UV_ENOMEM;
    if (j->failure) {
        opened_free(o);
        return;
    }
    o->is_directory = true;
    j->made = o;
}

static void add_entry(job *j, const char *text, const uv_stat_t *st)
{
    name_list *l = j->list;
    char *copy = files_format("%s", text);
    if (!copy)
        return;
    cleat_sftp_name *n = &l->names[l->count];
    char **texts = &l->texts[l->text_count];
    texts[0] = copy;
    l->text_count += 4;
    n->name = cleat_slice_of(texts[0]);
    n->long_name = n->name;
    n->attrs.type = CLEAT_SFTP_UNKNOWN;
    l->count++;
    if (!st->st_mode)
        return;
    attrs_from_stat(j->files, st, &n->attrs, &texts[1], &texts[2]);
    if (cleat_sftp_server_version(j->files->server) > 3)
        return;
    texts[3] = attrs_long_name(&n->attrs, texts[1], texts[2], text);
    if (texts[3])
        n->long_name = cleat_slice_of(texts[3]);
}

static void add_dots(job *j)
{
    uv_stat_t st;
    opened *o = j->on;
    char *parent = files_format("%s/..", o->path);
    o->dots_done = true;
    if (port_listing_stat(o->listing, &st) == 0)
        add_entry(j, ".", &st);
    if (parent && port_tree_stat(j->files->tree, parent, true, &st) == 0)
        add_entry(j, "..", &st);
    free(parent);
}

static bool is_shown(const job *j, const char *name)
{
    const char *hidden = j->files->options.hidden;
    return !hidden || !cleat_pattern_list_match(name, hidden);
}

void do_readdir(job *j)
{
    uv_stat_t st;
    const char *name;
    opened *o = j->on;
    j->kind = RESULT_NAMES;
    j->list = calloc(1, sizeof *j->list);
    if (!j->list) {
        j->failure = UV_ENOMEM;
        return;
    }
    if (!o->dots_done)
        add_dots(j);
    while (!o->at_end && j->list->count < NAMES_MAX) {
        int failure = port_listing_next(o->listing, &name, &st);
        o->at_end = failure != 0;
        if (!failure && is_shown(j, name))
            add_entry(j, name, &st);
        if (failure && failure != UV_EOF && !j->list->count)
            j->failure = failure;
    }
    j->list->at_end = o->at_end;
}
