/* The words that run a command on another machine: by `cleat ssh`, or the program of -S. */
#include "scp.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 2 * ARGS_LINES_MAX + 64, PATH_ROOM = 4096 };

typedef struct words {
    char **list;
    size_t count;
    bool failed;
} words;

/* Takes the text. */
static void add(words *w, char *text)
{
    if (text && w->count + 1 < WORDS_MAX)
        w->list[w->count++] = text;
    else {
        free(text);
        w->failed = true;
    }
}

static void add_text(words *w, const char *text)
{
    add(w, text_format("%s", text));
}

static void add_pair(words *w, const char *flag, const char *value)
{
    add_text(w, flag);
    add_text(w, value);
}

static void add_program(words *w, const scp *s)
{
    char path[PATH_ROOM];
    size_t len = sizeof path;
    if (s->program) {
        add_text(w, s->program);
        return;
    }
    w->failed = w->failed || uv_exepath(path, &len) != 0;
    if (!w->failed)
        add_pair(w, path, "ssh");
}

static void add_options(words *w, const scp *s)
{
    const ssh_args *a = &s->remote.run.args;
    if (a->config_file)
        add_pair(w, "-F", a->config_file);
    for (unsigned i = 0; i < a->verbose; i++)
        add_text(w, "-v");
    if (a->quiet)
        add_text(w, "-q");
    for (size_t i = 0; i < a->line_count; i++)
        add_pair(w, "-o", a->lines[i]);
}

char **scp_words(const scp *s, const scp_place *place, const char *command, bool subsystem)
{
    words w = {.list = calloc(WORDS_MAX, sizeof *w.list)};
    if (!w.list)
        return NULL;
    add_program(&w, s);
    add_options(&w, s);
    if (place->port)
        add_pair(&w, "-p", place->port);
    if (subsystem)
        add_text(&w, "-s");
    add_pair(&w, "--", place->host);
    add_text(&w, command);
    if (!w.failed)
        return w.list;
    scp_words_free(w.list);
    return NULL;
}

void scp_words_free(char **list)
{
    for (size_t i = 0; list && list[i]; i++)
        free(list[i]);
    free(list);
}
