/* Requests, and waiting for their answers. */
#include "sftp.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { EMPTY_MAX = 100 }; /* lists without a name in a row */

/* ---- answers ---- */

static void on_answer(cleat_sftp_waiter *waiter, const cleat_sftp_answer *answer)
{
    sftp_answer *a = (sftp_answer *)waiter;
    a->done = true;
    a->code = answer->code;
    a->text = text_printable(answer->text ? answer->text : "");
    if (a->code != CLEAT_SFTP_OK)
        return;
    a->handle = answer->handle;
    a->name_count = answer->name_count;
    if (answer->attrs)
        a->attrs = *answer->attrs;
    if (answer->statvfs)
        a->statvfs = *answer->statvfs;
    if (answer->name_count && !a->name)
        a->name = text_format("%.*s", (int)answer->names[0].name.len,
                              (const char *)answer->names[0].name.data);
    if (a->on_accounts && answer->request == CLEAT_SFTP_REQ_ACCOUNTS)
        a->on_accounts(a->user, answer->accounts, answer->account_count);
    if (a->on_names && answer->request == CLEAT_SFTP_REQ_NAMES)
        a->on_names(a->user, answer->names, answer->name_count);
}

void sftp_answer_init(sftp_answer *a)
{
    *a = (sftp_answer){.waiter = {on_answer}};
}

void sftp_answer_free(sftp_answer *a)
{
    free(a->text);
    free(a->name);
    a->text = a->name = NULL;
}

const char *sftp_why(const sftp_answer *a)
{
    return a->text && *a->text ? a->text : "Failure";
}

bool sftp_ask(sftp *s, sftp_answer *a, cleat_status st)
{
    if (st != CLEAT_OK) {
        a->code = CLEAT_SFTP_OP_UNSUPPORTED;
        a->text = text_format("%s", st == CLEAT_E_UNSUPPORTED ? "the server cannot do that"
                                                              : cleat_status_text(st));
        return false;
    }
    a->done = false;
    free(a->text);
    a->text = NULL;
    cleat_sftp_link_send(s->remote.link);
    if (sftp_until(s, &a->done))
        return a->code == CLEAT_SFTP_OK;
    if (!s->gone)
        cleat_sftp_abandon(s->remote.sftp, a);
    free(a->text);
    a->code = s->gone ? CLEAT_SFTP_CONNECTION_LOST : CLEAT_SFTP_FAILURE;
    a->text = text_format("%s", s->gone ? "the connection has gone" : "interrupted");
    return false;
}

/* Servers may answer without a name now and then, but not for ever. */
bool sftp_read_names(sftp *s, sftp_answer *a, const cleat_sftp_file *handle, const bool *enough)
{
    unsigned empty = 0;
    while (!*enough && !s->stopped && !s->gone && empty <= EMPTY_MAX) {
        if (!sftp_ask(s, a, cleat_sftp_readdir(s->remote.sftp, handle, a)))
            return a->code == CLEAT_SFTP_EOF;
        empty = a->name_count ? 0 : empty + 1;
    }
    if (empty > EMPTY_MAX) {
        free(a->text);
        a->text = text_format("%s", "a list without entries and without an end");
    }
    return false;
}

/* ---- paths ---- */

static char *below(const char *folder, const char *path)
{
    bool ends = text_ends_in_slash(folder);
    if (path[0] == '/')
        return text_format("%s", path);
    return text_format("%s%s%s", folder, ends ? "" : "/", path);
}

char *sftp_absolute(const sftp *s, const char *path)
{
    return below(s->cwd, path);
}

/* The folder's own name is no pattern. */
static char *absolute_pattern(const sftp *s, const char *pattern)
{
    char *folder = text_as_pattern(s->cwd);
    char *path = folder ? below(folder, pattern) : NULL;
    free(folder);
    return path;
}

const char *sftp_as_typed(const sftp *s, const char *path)
{
    size_t len = strlen(s->cwd);
    if (strncmp(path, s->cwd, len) != 0)
        return path;
    if (len && s->cwd[len - 1] == '/')
        return path + len;
    return path[len] == '/' ? path + len + 1 : path;
}

bool sftp_stat(sftp *s, const char *path, bool follow, cleat_sftp_attrs *attrs)
{
    sftp_answer a;
    sftp_answer_init(&a);
    bool there = sftp_ask(
        s, &a, s->gone ? CLEAT_E_CLOSED : cleat_sftp_stat(s->remote.sftp, path, follow, &a));
    *attrs = a.attrs;
    sftp_answer_free(&a);
    return there;
}

bool sftp_is_directory(sftp *s, const char *path)
{
    cleat_sftp_attrs attrs;
    return sftp_stat(s, path, true, &attrs) && attrs.type == CLEAT_SFTP_DIRECTORY;
}

/* Version 6 changes nothing but the text unless it may look. */
cleat_status sftp_realpath(sftp *s, const char *path, sftp_answer *a)
{
    if (s->gone)
        return CLEAT_E_CLOSED;
    bool looks = cleat_sftp_version(s->remote.sftp) >= 6;
    return cleat_sftp_realpath(s->remote.sftp, path,
                               looks ? CLEAT_SFTP_CHECK_IF : CLEAT_SFTP_CHECK_NONE, a);
}

/* NULL: the server does not say. */
static char *resolved(sftp *s, const char *path)
{
    sftp_answer a;
    sftp_answer_init(&a);
    char *real = NULL;
    if (sftp_ask(s, &a, sftp_realpath(s, path, &a))) {
        real = a.name;
        a.name = NULL;
    }
    sftp_answer_free(&a);
    return real;
}

bool sftp_is_same_file(sftp *from, const char *source, sftp *to, const char *target)
{
    char *one = resolved(from, source);
    char *other = one ? resolved(to, target) : NULL;
    bool same = other && strcmp(one, other) == 0;
    free(one);
    free(other);
    return same;
}

/* ---- patterns ---- */

typedef struct globbing {
    cleat_glob *glob;
    bool done;
    cleat_error why;
    char **paths;
    size_t count;
} globbing;

static void on_paths(void *user, char **paths, size_t count, const cleat_error *why)
{
    globbing *g = user;
    g->paths = paths;
    g->count = count;
    g->why = *why;
    g->done = true;
}

static char **just(char *path, size_t *count)
{
    char **list = path ? calloc(1, sizeof *list) : NULL;
    if (!list) {
        free(path);
        return NULL;
    }
    list[0] = path;
    *count = 1;
    return list;
}

char **sftp_matches(sftp *s, const sftp_word *word, size_t *count)
{
    globbing g = {.done = false};
    bool is_pattern = !s->gone && !word->quoted && cleat_glob_is_pattern(word->text);
    char *path = is_pattern ? absolute_pattern(s, word->text) : sftp_absolute(s, word->text);
    *count = 0;
    if (!path || !is_pattern)
        return just(path, count);
    bool started = cleat_glob_start(&g.glob, s->remote.link, path, on_paths, &g) == CLEAT_OK;
    cleat_sftp_link_send(s->remote.link);
    if (started && !sftp_until(s, &g.done))
        cleat_glob_stop(g.glob, s->gone);
    free(path);
    if (!started)
        sftp_fail(s, "\"%s\": out of memory", word->text);
    else if (g.why.status)
        sftp_fail(s, "\"%s\": %s", word->text, g.why.text);
    else if (!g.done && !s->gone)
        sftp_fail(s, "\"%s\": interrupted", word->text);
    *count = g.count;
    return g.paths;
}

void sftp_no_match(sftp *s, const sftp_word *word)
{
    if (!s->stopped)
        sftp_fail(s, "\"%s\": there is no such file", word->text);
}
