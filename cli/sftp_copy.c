/* `get`, `put` and `cp` with their kin. */
#include "sftp.h"

#include "port.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- one copy ---- */

static void on_event(void *user, cleat_transfer *t, const cleat_transfer_event *ev)
{
    const sftp_wait *w = user;
    sftp *s = w->s;
    (void)t;
    if (ev->type == CLEAT_TRANSFER_ERROR)
        sftp_fail(s, "%s", ev->error->text);
    else if (s->show_progress)
        progress_event(&s->progress, ev);
}

void sftp_on_done(void *user, cleat_transfer *t, const cleat_error *why)
{
    sftp_wait *w = user;
    (void)t;
    w->s->transfer = NULL;
    w->done = true;
    if (why->status != CLEAT_OK)
        w->s->failed = true;
}

void sftp_wait_for(sftp_wait *w)
{
    while (!w->done && w->s->transfer)
        uv_run(w->s->loop, UV_RUN_ONCE);
}

/* An interrupt leaves what has come, and the transfer says so (sftp_run.c cancels it). */
static void copy(sftp *s, cleat_transfer_direction direction, const char *from, const char *to,
                 cleat_transfer_options options)
{
    sftp_wait w = {.s = s};
    options.struct_size = sizeof options;
    options.user = &w;
    options.on_event = on_event;
    options.on_done = sftp_on_done;
    cleat_status st =
        cleat_transfer_start(&s->transfer, s->remote.link, s->loop, direction, from, to, &options);
    if (st != CLEAT_OK) {
        sftp_fail(s, "cannot copy %s: %s", from, cleat_status_text(st));
        return;
    }
    sftp_wait_for(&w);
    progress_clear(&s->progress);
}

/* ---- flags ---- */

static cleat_transfer_options options_of(const sftp_call *c, bool resume)
{
    cleat_transfer_options o = c->s->options;
    o.recurse = o.recurse || sftp_has_flag(c, 'R') || sftp_has_flag(c, 'r');
    o.preserve = o.preserve || sftp_has_flag(c, 'p') || sftp_has_flag(c, 'P');
    o.sync = o.sync || sftp_has_flag(c, 'f');
    o.resume = o.resume || resume || sftp_has_flag(c, 'a');
    o.follow = true;
    return o;
}

/* Where a copy of `path` goes. */
static char *place_of(const char *target, bool is_folder, const char *path)
{
    bool ends = text_ends_in_slash(target);
    if (!is_folder)
        return text_format("%s", target);
    return text_format("%s%s%s", target, ends ? "" : "/", text_last_part(path));
}

/* Several files need a folder. False: it is said that there is none. */
static bool have_room(sftp *s, const char *target, bool is_folder, size_t count)
{
    if (!is_folder && count > 1)
        sftp_fail(s, "\"%s\" is no folder, and there is more than one file", target);
    return is_folder || count <= 1;
}

/* Names of either side may be others' choice. */
static void announce(const sftp *s, const char *what, const char *from, const char *to)
{
    if (s->quiet || s->batch_mode)
        return;
    char *shown = text_printable_name(from);
    char *there = text_printable_name(to);
    printf("%s %s to %s\n", what, shown ? shown : "", there ? there : "");
    free(shown);
    free(there);
}

/* ---- get ---- */

static bool local_is_folder(const char *path)
{
    uv_fs_t fs;
    uv_fs_stat(NULL, &fs, path, NULL);
    bool is = fs.result == 0 && (fs.statbuf.st_mode & S_IFMT) == S_IFDIR;
    uv_fs_req_cleanup(&fs);
    return is;
}

/* Completion puts a slash behind folders. */
static void trim_slashes(char *path)
{
    for (size_t len = strlen(path); len > 1 && path[len - 1] == '/'; len--)
        path[len - 1] = 0;
}

/* The last part of a path may be no way out of the folder here, but the user may want all that is
 * in a folder there right in the one here. */
static bool may_be_name(const char *name, bool is_servers)
{
    return port_name_is_plain(name) || (!is_servers && strcmp(name, ".") == 0);
}

static void fetch(const sftp_call *c, bool resume)
{
    sftp *s = c->s;
    size_t count;
    char **paths = sftp_matches(s, &c->args[0], &count);
    const char *target = c->count > 1 ? c->args[1].text : ".";
    bool is_folder = local_is_folder(target);
    cleat_transfer_options options = options_of(c, resume);
    options.name_is_peers =
        is_folder && !c->args[0].quoted && cleat_glob_is_pattern(c->args[0].text);
    if (!count)
        sftp_no_match(s, &c->args[0]);
    bool go = have_room(s, target, is_folder, count);
    for (size_t i = 0; go && i < count && !s->stopped && !s->gone; i++) {
        trim_slashes(paths[i]);
        if (is_folder && !may_be_name(text_last_part(paths[i]), options.name_is_peers)) {
            sftp_fail(s, "\"%s\" ends in no name for a file: say where it is to go",
                      c->args[0].text);
            continue;
        }
        char *to = place_of(target, is_folder, paths[i]);
        if (to) {
            announce(s, "Fetching", paths[i], to);
            copy(s, CLEAT_TRANSFER_GET, paths[i], to, options);
        }
        free(to);
    }
    cleat_glob_free_paths(paths, count);
}

void sftp_get(const sftp_call *c)
{
    fetch(c, false);
}

void sftp_reget(const sftp_call *c)
{
    fetch(c, true);
}

/* ---- put ---- */

static bool find_local(sftp *s, const char *pattern, local_paths *found)
{
    cleat_error error = {0};
    if (sftp_local_matches(s, found, pattern, &error) != CLEAT_OK)
        sftp_fail(s, "%s", error.text);
    else if (!found->count)
        sftp_fail(s, "\"%s\": there is no such file", pattern);
    return found->count > 0;
}

static void send_all(const sftp_call *c, char *const *paths, size_t count, bool resume)
{
    sftp *s = c->s;
    char *target = sftp_absolute(s, c->count > 1 ? c->args[1].text : ".");
    bool is_folder = target && sftp_is_directory(s, target);
    const cleat_transfer_options options = options_of(c, resume);
    bool go = target && have_room(s, target, is_folder, count);
    for (size_t i = 0; go && i < count && !s->stopped && !s->gone; i++) {
        char *to = place_of(target, is_folder, paths[i]);
        if (to) {
            announce(s, "Uploading", paths[i], to);
            copy(s, CLEAT_TRANSFER_PUT, paths[i], to, options);
        }
        free(to);
    }
    free(target);
}

static void send_word(const sftp_call *c, bool resume)
{
    char *const alone[] = {c->args[0].text};
    local_paths found = {0};
    if (c->args[0].quoted || !cleat_glob_is_pattern(c->args[0].text))
        send_all(c, alone, 1, resume);
    else if (find_local(c->s, c->args[0].text, &found))
        send_all(c, found.list, found.count, resume);
    local_paths_free(&found);
}

void sftp_put(const sftp_call *c)
{
    send_word(c, false);
}

void sftp_reput(const sftp_call *c)
{
    send_word(c, true);
}

/* ---- cp ---- */

typedef struct within {
    const sftp_call *call;
    const char *target;
    bool is_folder;
    cleat_transfer_options options;
} within;

static void copy_match(const within *w, char *path)
{
    sftp *s = w->call->s;
    trim_slashes(path);
    if (w->is_folder && !may_be_name(text_last_part(path), false)) {
        sftp_fail(s, "\"%s\" ends in no name for a file: say where it is to go", path);
        return;
    }
    char *to = place_of(w->target, w->is_folder, path);
    if (to) {
        announce(s, "Copying", path, to);
        copy(s, CLEAT_TRANSFER_COPY, path, to, w->options);
    }
    free(to);
}

static void copy_word(const within *w, const sftp_word *word)
{
    sftp *s = w->call->s;
    size_t count;
    char **paths = sftp_matches(s, word, &count);
    if (!count)
        sftp_no_match(s, word);
    bool go = have_room(s, w->target, w->is_folder, count);
    for (size_t i = 0; go && i < count && !s->stopped && !s->gone; i++)
        copy_match(w, paths[i]);
    cleat_glob_free_paths(paths, count);
}

/* As cp does it links stay links, so that a tree can be copied however they lead. */
void sftp_cp(const sftp_call *c)
{
    char *target = sftp_absolute(c->s, c->args[c->count - 1].text);
    within w = {.call = c,
                .target = target,
                .is_folder = target && sftp_is_directory(c->s, target),
                .options = options_of(c, false)};
    w.options.follow = false;
    bool go = target && have_room(c->s, target, w.is_folder, c->count - 1);
    for (size_t i = 0; go && i + 1 < c->count && !c->s->stopped && !c->s->gone; i++)
        copy_word(&w, &c->args[i]);
    free(target);
}
