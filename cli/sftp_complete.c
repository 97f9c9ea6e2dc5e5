/* Completion of commands and paths. */
#include "sftp.h"

#include "local_file.h"
#include "port.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

typedef struct found {
    char **list;
    size_t count;
    char quote;        /* that has begun; 0: none */
    const char *typed; /* of the word, that stays in front of what is found */
    size_t typed_len;
} found;

static void add(found *f, char *text)
{
    char **longer = text ? realloc(f->list, (f->count + 2) * sizeof *longer) : NULL;
    if (!longer) {
        free(text);
        return;
    }
    f->list = longer;
    longer[f->count++] = text;
    longer[f->count] = NULL;
}

static void add_commands(found *f, const char *start)
{
    bool local;
    const char *name;
    for (size_t i = 0; (name = sftp_command_name(i, &local)) != NULL; i++) {
        if (strncmp(name, start, strlen(start)) == 0)
            add(f, text_format("%s", name));
    }
}

/* Blanks and the like are kept by backslashes, or by the quote that has begun. */
static char *escaped(const char *text, char quote)
{
    const char in_quotes[] = {'\\', quote, 0};
    const char *special = quote ? in_quotes : " \t\\\"'*?[#";
    char *out = malloc(2 * strlen(text) + 2);
    char *to = out;
    if (out && quote)
        *to++ = quote;
    for (; out && *text; text++) {
        if (strchr(special, *text))
            *to++ = '\\';
        *to++ = *text;
    }
    if (out)
        *to = 0;
    return out;
}

/* The whole word, as far as it is not there yet. Whoever has written its beginning in another way
 * gets none. */
static void add_word(found *f, char *word)
{
    if (word && strncmp(word, f->typed, f->typed_len) == 0)
        add(f, text_format("%s", word + f->typed_len));
    free(word);
}

/* before: what was typed of the folders in front; name: one that matches. */
static void add_path(found *f, const char *before, const char *name, bool is_folder)
{
    char *plain = text_format("%s%s%s", before, name, is_folder ? "/" : "");
    char *shown = plain ? text_printable_name(plain) : NULL;
    if (shown && strcmp(shown, plain) == 0)
        add_word(f, escaped(plain, f->quote));
    free(shown);
    free(plain);
}

static char *folder_of(const char *word)
{
    return text_format("%.*s", (int)(text_behind_slash(word) - word), word);
}

/* "**" is a tree. */
static char *pattern_of(const char *word)
{
    return text_format("%s%s", word, strcmp(text_behind_slash(word), "*") == 0 ? "" : "*");
}

static void add_remote(found *f, sftp *s, const char *word)
{
    size_t count;
    char *before = folder_of(word);
    sftp_word pattern = {.text = pattern_of(word)};
    char **paths = before && pattern.text ? sftp_matches(s, &pattern, &count) : NULL;
    for (size_t i = 0; paths && i < count && !s->gone; i++)
        add_path(f, before, text_behind_slash(paths[i]), sftp_is_directory(s, paths[i]));
    if (paths)
        cleat_glob_free_paths(paths, count);
    free(pattern.text);
    free(before);
}

static void add_local(found *f, sftp *s, const char *word)
{
    local_paths there = {0};
    cleat_error error;
    char *before = folder_of(word);
    char *pattern = pattern_of(word);
    if (before && pattern && sftp_local_matches(s, &there, pattern, &error) == CLEAT_OK) {
        for (size_t i = 0; i < there.count; i++)
            add_path(f, before, text_behind_slash(there.list[i]),
                     local_is_directory(there.list[i]));
    }
    local_paths_free(&there);
    free(pattern);
    free(before);
}

/* Whether the argument with that number, from 1 on, is a file of this machine. Where copies come
 * from and go to is on different sides. */
static bool is_local(const char *command, size_t number)
{
    static const char *const copies[] = {"get", "mget", "reget", "put", "mput", "reput"};
    bool local = false, both = false;
    const char *name;
    for (size_t i = 0; (name = sftp_command_name(i, &local)) != NULL; i++) {
        if (text_same(name, command))
            break;
    }
    for (size_t i = 0; i < sizeof copies / sizeof *copies; i++)
        both = both || text_same(copies[i], command);
    return name && (both && number > 1 ? !local : local);
}

/* There is but one, and no more to come behind it. */
static void end_quote(const found *f)
{
    size_t len = f->count == 1 ? strlen(f->list[0]) : 0;
    if (!f->quote || !len || f->list[0][len - 1] == '/')
        return;
    char *closed = text_format("%s%c", f->list[0], f->quote);
    if (!closed)
        return;
    free(f->list[0]);
    f->list[0] = closed;
}

char **sftp_complete(sftp *s, const char *line, size_t from)
{
    sftp_words w;
    const char *why = sftp_words_split(&w, line);
    size_t len = strlen(line);
    bool fresh = !w.count || w.last_end < len;
    size_t begins = fresh ? len : w.last;
    const char *word = fresh ? "" : w.list[w.count - 1].text;
    size_t before = w.count - !fresh;
    bool good = (!why || w.open) && from >= begins && from <= len;
    found f = {.quote = w.open, .typed = line + begins, .typed_len = good ? from - begins : 0};
    if (good && !before)
        add_commands(&f, word);
    else if (good && is_local(w.list[0].text, before))
        add_local(&f, s, word);
    else if (good)
        add_remote(&f, s, word);
    end_quote(&f);
    sftp_words_free(&w);
    return f.list;
}
