/* `ls`: a listing of the server's folders and files. */
#include "sftp.h"

#include "port.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WIDTH = 80, GAP = 2, OWNER = 8, SLOTS_MAX = 1 << 20, BYTES_MAX = 64 << 20 /* of names */ };

typedef struct entry {
    char *name; /* as it is; printed so that it commands nothing */
    cleat_sftp_attrs attrs;
    char *owner, *group; /* NULL: numbers */
} entry;

typedef struct listing {
    const sftp_call *call;
    entry *list;
    size_t count, room, bytes;
    bool failed; /* no memory, or too many */
    sftp_ids users, groups;
} listing;

/* ---- collecting ---- */

static char *text_of(cleat_slice s)
{
    return s.len ? text_format("%.*s", (int)s.len, (const char *)s.data) : NULL;
}

static void add(listing *l, cleat_slice name, const cleat_sftp_attrs *attrs)
{
    l->bytes += name.len + attrs->owner.len + attrs->group.len;
    if (l->bytes > BYTES_MAX) {
        l->failed = true;
        return;
    }
    if (l->count == l->room) {
        size_t room = l->room ? 2 * l->room : 64;
        entry *longer = room <= SLOTS_MAX ? realloc(l->list, room * sizeof *longer) : NULL;
        if (!longer) {
            l->failed = true;
            return;
        }
        l->list = longer;
        l->room = room;
    }
    entry *e = &l->list[l->count];
    *e = (entry){.name = text_format("%.*s", (int)name.len, (const char *)name.data),
                 .attrs = *attrs,
                 .owner = text_of(attrs->owner),
                 .group = text_of(attrs->group)};
    if (e->name)
        l->count++;
    else
        l->failed = true;
}

static void on_names(void *user, const cleat_sftp_name *names, size_t count)
{
    listing *l = user;
    bool all = sftp_has_flag(l->call, 'a');
    for (size_t i = 0; i < count && !l->failed; i++) {
        bool hidden = names[i].name.len && names[i].name.data[0] == '.';
        if (all || !hidden)
            add(l, names[i].name, &names[i].attrs);
    }
}

static void drop(listing *l)
{
    for (size_t i = 0; i < l->count; i++) {
        free(l->list[i].name);
        free(l->list[i].owner);
        free(l->list[i].group);
    }
    free(l->list);
    sftp_ids_clear(&l->users);
    sftp_ids_clear(&l->groups);
}

/* ---- order ---- */

static const sftp_call *ordering; /* qsort hands nothing over */

static int by_flags(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    const int64_t x_time = x->attrs.mtime.seconds, y_time = y->attrs.mtime.seconds;
    const uint64_t x_size = x->attrs.size, y_size = y->attrs.size;
    int sign = sftp_has_flag(ordering, 'r') ? -1 : 1;
    int order = 0;
    if (sftp_has_flag(ordering, 't'))
        order = (y_time > x_time) - (y_time < x_time);
    else if (sftp_has_flag(ordering, 'S'))
        order = (y_size > x_size) - (y_size < x_size);
    if (!order)
        order = strcmp(x->name, y->name);
    return order < 0 ? -sign : order > 0 ? sign : 0;
}

static void sort(listing *l)
{
    ordering = l->call;
    if (!sftp_has_flag(l->call, 'f') && l->count)
        qsort(l->list, l->count, sizeof *l->list, by_flags);
}

/* ---- printing ---- */

static void mode_text(char out[11], const cleat_sftp_attrs *a)
{
    static const char kinds[] = {
        [CLEAT_SFTP_REGULAR] = '-',     [CLEAT_SFTP_DIRECTORY] = 'd',    [CLEAT_SFTP_SYMLINK] = 'l',
        [CLEAT_SFTP_SPECIAL] = '?',     [CLEAT_SFTP_UNKNOWN] = '?',      [CLEAT_SFTP_SOCKET] = 's',
        [CLEAT_SFTP_CHAR_DEVICE] = 'c', [CLEAT_SFTP_BLOCK_DEVICE] = 'b', [CLEAT_SFTP_FIFO] = 'p'};
    static const char bits[] = "rwxrwxrwx";
    uint32_t p = a->permissions;
    bool known = (size_t)a->type < sizeof kinds && kinds[a->type];
    out[0] = known ? kinds[a->type] : '?';
    for (int i = 0; i < 9; i++)
        out[i + 1] = p & (0400U >> i) ? bits[i] : '-';
    if (p & 04000)
        out[3] = p & 0100 ? 's' : 'S';
    if (p & 02000)
        out[6] = p & 010 ? 's' : 'S';
    if (p & 01000)
        out[9] = p & 1 ? 't' : 'T';
    out[10] = 0;
}

static void time_text(char *out, size_t size, int64_t seconds)
{
    const time_t when = (time_t)seconds, now = time(NULL);
    const struct tm *local = localtime(&when);
    bool recent = when > now - 365 * 24 * 3600 / 2 && when <= now;
    char month[16], rest[16];
    if (local && strftime(month, sizeof month, "%b", local) &&
        strftime(rest, sizeof rest, recent ? "%H:%M" : " %Y", local))
        snprintf(out, size, "%s %2d %s", month, local->tm_mday, rest); /* not everybody has %e */
    else
        snprintf(out, size, "?");
}

/* In powers of 1024: "2B", "4.9K", "512M". */
static void size_text(char *out, size_t size, uint64_t bytes)
{
    static const char units[] = "BKMGTPE";
    double value = (double)bytes;
    size_t unit = 0;
    for (; value >= 1024 && units[unit + 1]; unit++)
        value /= 1024;
    snprintf(out, size, unit && value < 99.95 ? "%.1f%c" : "%.0f%c", value, units[unit]);
}

/* From version 4 on the entries have names. */
static void name_owners(listing *l)
{
    const uint32_t kinds = CLEAT_SFTP_HAS_IDS | CLEAT_SFTP_HAS_NAMES;
    for (size_t i = 0; i < l->count; i++) {
        const cleat_sftp_attrs *a = &l->list[i].attrs;
        if ((a->has & kinds) != CLEAT_SFTP_HAS_IDS)
            continue;
        sftp_ids_add(&l->users, a->uid);
        sftp_ids_add(&l->groups, a->gid);
    }
    if (l->users.count)
        sftp_ask_owners(l->call->s, &l->users, &l->groups);
}

/* The name to be printed, or the number. From version 4 on there are only names, some of which are
 * numbers. */
static char *owner_text(const char *told, const sftp_ids *ids, const cleat_sftp_attrs *a,
                        uint32_t id)
{
    const char *name = told ? told : sftp_id_name(ids, id);
    if (name)
        return text_printable_name(name);
    return a->has & CLEAT_SFTP_HAS_IDS ? text_format("%u", (unsigned)id) : text_format("?");
}

static void print_long(const listing *l, const entry *e, const char *shown)
{
    char mode[11], when[48], size[24], links[16] = "?";
    const cleat_sftp_attrs *a = &e->attrs;
    mode_text(mode, a);
    time_text(when, sizeof when, a->mtime.seconds);
    if (sftp_has_flag(l->call, 'h'))
        size_text(size, sizeof size, a->size);
    else
        snprintf(size, sizeof size, "%llu", (unsigned long long)a->size);
    if (a->has & CLEAT_SFTP_HAS_LINK_COUNT)
        snprintf(links, sizeof links, "%u", (unsigned)a->link_count);
    char *owner = owner_text(e->owner, &l->users, a, a->uid);
    char *group = owner_text(e->group, &l->groups, a, a->gid);
    printf("%s %4s ", mode, links);
    text_print_padded(owner ? owner : "?", OWNER);
    putchar(' ');
    text_print_padded(group ? group : "?", OWNER);
    printf(" %8s %s %s\n", size, when, shown);
    free(owner);
    free(group);
}

static int width(void)
{
    cleat_winsize size;
    return port_tty_size(1, &size) && size.columns ? (int)size.columns : WIDTH;
}

/* In columns, one after another, as many as fit. */
static void print_columns(char *const *shown, size_t count)
{
    size_t longest = 1;
    for (size_t i = 0; i < count; i++) {
        size_t wide = text_columns(shown[i]);
        longest = wide > longest ? wide : longest;
    }
    size_t columns = (size_t)width() / (longest + GAP);
    columns = columns ? columns : 1;
    size_t rows = (count + columns - 1) / columns;
    for (size_t row = 0; row < rows; row++) {
        for (size_t i = row; i < count; i += rows)
            text_print_padded(shown[i], i + rows < count ? longest + GAP : 0);
        putchar('\n');
    }
}

/* before: what stands in front of the names, "" or a path. */
static void print(listing *l, const char *before)
{
    char **shown = calloc(l->count + 1, sizeof *shown);
    bool each =
        sftp_has_flag(l->call, '1') || sftp_has_flag(l->call, 'l') || sftp_has_flag(l->call, 'n');
    sort(l);
    if (sftp_has_flag(l->call, 'l') && !sftp_has_flag(l->call, 'n'))
        name_owners(l);
    for (size_t i = 0; shown && i < l->count; i++) {
        char *whole = text_format("%s%s", before, l->list[i].name);
        shown[i] = whole ? text_printable_name(whole) : NULL;
        free(whole);
        if (!shown[i])
            l->failed = true;
    }
    if (!shown || l->failed)
        sftp_fail(l->call->s, "there are too many names, or too little memory");
    else if (!each)
        print_columns(shown, l->count);
    for (size_t i = 0; each && shown && !l->failed && i < l->count; i++) {
        if (sftp_has_flag(l->call, '1'))
            printf("%s\n", shown[i]);
        else
            print_long(l, &l->list[i], shown[i]);
    }
    for (size_t i = 0; shown && i < l->count; i++)
        free(shown[i]);
    free(shown);
}

/* ---- folders ---- */

static bool read_names(listing *l, const cleat_sftp_file *handle)
{
    sftp *s = l->call->s;
    sftp_answer a;
    sftp_answer_init(&a);
    a.on_names = on_names;
    a.user = l;
    bool whole = sftp_read_names(s, &a, handle, &l->failed) || l->failed || s->stopped;
    if (!whole)
        sftp_fail(s, "the listing breaks off: %s", sftp_why(&a));
    sftp_answer_free(&a);
    return whole;
}

static void list_folder(const sftp_call *c, const char *path, const char *before)
{
    sftp *s = c->s;
    listing l = {.call = c};
    sftp_answer a, closed;
    sftp_answer_init(&a);
    sftp_answer_init(&closed);
    if (!sftp_ask(s, &a, cleat_sftp_opendir(s->remote.sftp, path, &a))) {
        char *shown = text_printable_name(path);
        sftp_fail(s, "cannot list \"%s\": %s", shown ? shown : "", sftp_why(&a));
        free(shown);
    } else {
        if (read_names(&l, &a.handle))
            print(&l, before);
        if (!s->gone)
            (void)sftp_ask(s, &closed, cleat_sftp_close(s->remote.sftp, &a.handle, &closed));
    }
    sftp_answer_free(&closed);
    sftp_answer_free(&a);
    drop(&l);
}

/* As the word has it, beneath the current folder or not. */
static const char *path_as_typed(const sftp_call *c, const sftp_word *word, const char *path)
{
    return word->text[0] == '/' ? path : sftp_as_typed(c->s, path);
}

static void list_content(const sftp_call *c, const sftp_word *word, const char *path)
{
    bool here = !*word->text || strcmp(word->text, ".") == 0;
    char *before = here ? text_format("%s", "")
                        : text_format("%s%s", path_as_typed(c, word, path),
                                      text_ends_in_slash(path) ? "" : "/");
    list_folder(c, path, before ? before : "");
    free(before);
}

/* A pattern that ends in a slash has matched folders, which are shown with one. */
static void list_matches(const sftp_call *c, const sftp_word *word, char *const *paths,
                         size_t count)
{
    sftp *s = c->s;
    listing l = {.call = c};
    size_t found = count;
    for (size_t i = 0; i < count && !s->gone && !s->stopped; i++) {
        cleat_sftp_attrs attrs;
        bool lacks = text_ends_in_slash(word->text) && !text_ends_in_slash(paths[i]);
        char *shown = text_format("%s%s", path_as_typed(c, word, paths[i]), lacks ? "/" : "");
        if (shown && sftp_stat(s, paths[i], false, &attrs))
            add(&l, cleat_slice_of(shown), &attrs);
        else if (count == 1)
            found = 0;
        free(shown);
    }
    if (!found)
        sftp_no_match(s, word);
    else
        print(&l, "");
    drop(&l);
}

/* What a word stands for: a folder's content, or the files that match. */
static void list_word(const sftp_call *c, const sftp_word *word)
{
    size_t count;
    char **paths = sftp_matches(c->s, word, &count);
    if (count == 1 && sftp_is_directory(c->s, paths[0]))
        list_content(c, word, paths[0]);
    else
        list_matches(c, word, paths, count);
    cleat_glob_free_paths(paths, count);
}

void sftp_ls(const sftp_call *c)
{
    if (!c->count)
        list_folder(c, c->s->cwd, "");
    for (size_t i = 0; i < c->count && !c->s->stopped; i++)
        list_word(c, &c->args[i]);
}
