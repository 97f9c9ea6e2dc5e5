/* Commands of one request each, or of one for each path. */
#include "sftp.h"

#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what they share ---- */

static cleat_sftp *session(const sftp_call *c)
{
    return c->s->remote.sftp;
}

static void say_failure(const sftp_call *c, const char *what, const char *path,
                        const sftp_answer *a)
{
    char *shown = text_printable_name(path);
    sftp_fail(c->s, "%s \"%s\": %s", what, shown ? shown : "", sftp_why(a));
    free(shown);
}

typedef cleat_status (*path_request)(const sftp_call *c, const char *path, sftp_answer *a);

/* What is done with a path: one request, or a walk through a tree. */
typedef struct path_work {
    const char *what; /* that fails, where it is a request */
    path_request request;
    void (*walk)(sftp *s, const char *path); /* NULL: a request */
} path_work;

static void ask_once(const sftp_call *c, const char *path, const path_work *work)
{
    sftp_answer a;
    sftp_answer_init(&a);
    if (!sftp_ask(c->s, &a, work->request(c, path, &a)))
        say_failure(c, work->what, path, &a);
    sftp_answer_free(&a);
}

/* Does it with every path that the words match. */
static void each_match(const sftp_call *c, size_t first, const path_work *work)
{
    for (size_t i = first; i < c->count && !c->s->stopped; i++) {
        size_t count;
        char **paths = sftp_matches(c->s, &c->args[i], &count);
        if (!count)
            sftp_no_match(c->s, &c->args[i]);
        for (size_t k = 0; k < count && !c->s->stopped && !c->s->gone; k++) {
            if (work->walk)
                work->walk(c->s, paths[k]);
            else
                ask_once(c, paths[k], work);
        }
        cleat_glob_free_paths(paths, count);
    }
}

static void each_path(const sftp_call *c, size_t first, const char *what, path_request request)
{
    const path_work work = {.what = what, .request = request};
    each_match(c, first, &work);
}

static void each_tree(const sftp_call *c, void (*walk)(sftp *s, const char *path))
{
    const path_work work = {.walk = walk};
    each_match(c, 0, &work);
}

/* ---- folders ---- */

/* As the server writes it. */
static char *real_path(const sftp_call *c, const char *path)
{
    sftp_answer a;
    char *absolute = sftp_absolute(c->s, path);
    sftp_answer_init(&a);
    char *real = NULL;
    if (absolute && sftp_ask(c->s, &a, sftp_realpath(c->s, absolute, &a))) {
        real = a.name;
        a.name = NULL;
    } else {
        say_failure(c, "cannot find", path, &a);
    }
    sftp_answer_free(&a);
    free(absolute);
    return real;
}

void sftp_cd(const sftp_call *c)
{
    cleat_sftp_attrs attrs;
    sftp *s = c->s;
    size_t count = 1;
    char **paths = c->count ? sftp_matches(s, &c->args[0], &count) : NULL;
    if (count > 1)
        sftp_fail(s, "\"%s\" is more than one path", c->args[0].text);
    char *path = count == 1 ? real_path(c, paths ? paths[0] : s->home) : NULL;
    if (count == 0)
        sftp_no_match(s, &c->args[0]);
    cleat_glob_free_paths(paths, paths ? count : 0);
    if (!path)
        return;
    if (sftp_stat(s, path, true, &attrs) && attrs.type == CLEAT_SFTP_DIRECTORY) {
        free(s->cwd);
        s->cwd = path;
        return;
    }
    char *shown = text_printable_name(path);
    sftp_fail(s, "\"%s\" is no folder that can be entered", shown ? shown : "");
    free(shown);
    free(path);
}

void sftp_pwd(const sftp_call *c)
{
    char *shown = text_printable_name(c->s->cwd);
    printf("Remote working directory: %s\n", shown ? shown : "");
    free(shown);
}

static cleat_status make_directory(const sftp_call *c, const char *path, sftp_answer *a)
{
    return cleat_sftp_mkdir(session(c), path, NULL, a);
}

static cleat_status remove_directory(const sftp_call *c, const char *path, sftp_answer *a)
{
    return cleat_sftp_rmdir(session(c), path, a);
}

static cleat_status remove_file(const sftp_call *c, const char *path, sftp_answer *a)
{
    return cleat_sftp_remove(session(c), path, a);
}

void sftp_mkdir(const sftp_call *c)
{
    c->args[0].quoted = true;
    if (sftp_has_flag(c, 'p'))
        each_tree(c, sftp_make_with_parents);
    else
        each_path(c, 0, "cannot make the folder", make_directory);
}

void sftp_rmdir(const sftp_call *c)
{
    each_path(c, 0, "cannot remove the folder", remove_directory);
}

void sftp_rm(const sftp_call *c)
{
    if (sftp_has_flag(c, 'r'))
        each_tree(c, sftp_remove_tree);
    else
        each_path(c, 0, "cannot remove", remove_file);
}

/* ---- two paths ---- */

static void say_failure_of_two(const sftp_call *c, const char *what, const sftp_answer *a)
{
    char *old = text_printable_name(c->args[0].text);
    char *name = text_printable_name(c->args[1].text);
    sftp_fail(c->s, "%s \"%s\" as \"%s\": %s", what, old ? old : "", name ? name : "", sftp_why(a));
    free(old);
    free(name);
}

typedef cleat_status (*two_paths)(const sftp_call *c, const char *from, const char *to,
                                  sftp_answer *a);

static void with_two(const sftp_call *c, const char *what, bool first_as_it_is, two_paths request)
{
    sftp_answer a;
    const char *old = c->args[0].text;
    char *from = first_as_it_is ? text_format("%s", old) : sftp_absolute(c->s, old);
    char *to = sftp_absolute(c->s, c->args[1].text);
    sftp_answer_init(&a);
    if (!from || !to)
        sftp_fail(c->s, "out of memory");
    else if (!sftp_ask(c->s, &a, request(c, from, to, &a)))
        say_failure_of_two(c, what, &a);
    sftp_answer_free(&a);
    free(from);
    free(to);
}

/* As posix-rename where the server has it: what is there is replaced. */
static cleat_status rename_it(const sftp_call *c, const char *from, const char *to, sftp_answer *a)
{
    bool old = sftp_has_flag(c, 'l');
    cleat_status st = old ? CLEAT_E_UNSUPPORTED
                          : cleat_sftp_rename(session(c), from, to, CLEAT_SFTP_RENAME_OVERWRITE, a);
    return st == CLEAT_E_UNSUPPORTED ? cleat_sftp_rename(session(c), from, to, 0, a) : st;
}

static cleat_status link_it(const sftp_call *c, const char *from, const char *to, sftp_answer *a)
{
    return cleat_sftp_hardlink(session(c), from, to, a);
}

static cleat_status symlink_it(const sftp_call *c, const char *from, const char *to, sftp_answer *a)
{
    return cleat_sftp_symlink(session(c), from, to, a);
}

void sftp_rename(const sftp_call *c)
{
    with_two(c, "cannot rename", false, rename_it);
}

void sftp_symlink(const sftp_call *c)
{
    with_two(c, "cannot link to", true, symlink_it);
}

void sftp_ln(const sftp_call *c)
{
    if (sftp_has_flag(c, 's'))
        sftp_symlink(c);
    else
        with_two(c, "cannot link to", false, link_it);
}

/* ---- attributes ---- */

static cleat_status set(const sftp_call *c, const char *path, const cleat_sftp_attrs *attrs,
                        sftp_answer *a)
{
    return cleat_sftp_setstat(session(c), path, !sftp_has_flag(c, 'h'), attrs, a);
}

static cleat_status set_mode(const sftp_call *c, const char *path, sftp_answer *a)
{
    const cleat_sftp_attrs attrs = {.has = CLEAT_SFTP_HAS_PERMISSIONS,
                                    .permissions = (uint32_t)strtoul(c->args[0].text, NULL, 8)};
    return set(c, path, &attrs, a);
}

void sftp_chmod(const sftp_call *c)
{
    char *end;
    unsigned long mode = strtoul(c->args[0].text, &end, 8);
    if (*end || mode > 07777)
        sftp_fail(c->s, "\"%s\" is no mode: octal digits are expected", c->args[0].text);
    else
        each_path(c, 1, "cannot change the mode of", set_mode);
}

/* From version 4 on owners have names; before, numbers, which come in pairs. */
static cleat_status set_owner(const sftp_call *c, const char *path, bool group, sftp_answer *a)
{
    cleat_sftp_attrs attrs = {.has = 0};
    const char *who = c->args[0].text;
    if (cleat_sftp_version(session(c)) >= 4) {
        attrs.has = CLEAT_SFTP_HAS_NAMES;
        *(group ? &attrs.group : &attrs.owner) = cleat_slice_of(who);
        return set(c, path, &attrs, a);
    }
    cleat_sftp_attrs old;
    uint32_t number;
    if (!text_number(who, UINT32_MAX, &number) ||
        !sftp_stat(c->s, path, !sftp_has_flag(c, 'h'), &old) || !(old.has & CLEAT_SFTP_HAS_IDS))
        return CLEAT_E_UNSUPPORTED;
    attrs.has = CLEAT_SFTP_HAS_IDS;
    attrs.uid = group ? old.uid : number;
    attrs.gid = group ? number : old.gid;
    return set(c, path, &attrs, a);
}

static cleat_status set_user(const sftp_call *c, const char *path, sftp_answer *a)
{
    return set_owner(c, path, false, a);
}

static cleat_status set_group(const sftp_call *c, const char *path, sftp_answer *a)
{
    return set_owner(c, path, true, a);
}

static void set_owners(const sftp_call *c, const char *what, path_request request)
{
    uint32_t number;
    if (cleat_sftp_version(session(c)) < 4 && !text_number(c->args[0].text, UINT32_MAX, &number))
        sftp_fail(c->s, "\"%s\" is no number, and the server knows no names", c->args[0].text);
    else
        each_path(c, 1, what, request);
}

void sftp_chown(const sftp_call *c)
{
    set_owners(c, "cannot change the owner of", set_user);
}

void sftp_chgrp(const sftp_call *c)
{
    set_owners(c, "cannot change the group of", set_group);
}

/* ---- df ---- */

static void print_room(const sftp_call *c, const cleat_sftp_statvfs *v)
{
    bool inodes = sftp_has_flag(c, 'i'), human = sftp_has_flag(c, 'h');
    uint64_t unit = v->fragment ? v->fragment : v->block;
    uint64_t size = inodes ? v->files : v->blocks * unit;
    uint64_t unused = inodes ? v->files_free : v->blocks_free * unit;
    uint64_t available = inodes ? v->files_available : v->blocks_available * unit;
    uint64_t used = size - unused;
    unsigned percent = size ? (unsigned)((used * 100 + size - 1) / size) : 0;
    char text[4][16];
    const uint64_t values[] = {size, used, available, unused};
    for (size_t i = 0; i < 4; i++) {
        if (human && !inodes)
            progress_amount(text[i], values[i]);
        else
            snprintf(text[i], sizeof text[i], "%llu",
                     (unsigned long long)(inodes ? values[i] : values[i] / 1024));
    }
    printf("%12s %12s %12s %12s %8s\n", inodes ? "Inodes" : "Size", "Used", "Avail", "(root)",
           "%Capacity");
    printf("%12s %12s %12s %12s %7u%%\n", text[0], text[1], text[2], text[3], percent);
}

void sftp_df(const sftp_call *c)
{
    sftp_answer a;
    char *path = sftp_absolute(c->s, c->count ? c->args[0].text : ".");
    sftp_answer_init(&a);
    if (path && sftp_ask(c->s, &a, cleat_sftp_statvfs_at(session(c), path, &a)))
        print_room(c, &a.statvfs);
    else
        say_failure(c, "cannot tell the room of", path ? path : "", &a);
    sftp_answer_free(&a);
    free(path);
}

/* ---- the rest ---- */

void sftp_version(const sftp_call *c)
{
    printf("SFTP protocol version %u\n", cleat_sftp_version(session(c)));
}

void sftp_toggle_progress(const sftp_call *c)
{
    c->s->show_progress = !c->s->show_progress;
    printf("Progress meter %s\n", c->s->show_progress ? "enabled" : "disabled");
}

void sftp_quit(const sftp_call *c)
{
    c->s->quit = true;
}
