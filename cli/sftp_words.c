/* The words of a command. */
#include "sftp.h"

#include <stdlib.h>
#include <string.h>

/* Within one word. */
typedef struct reading {
    const char *at;
    char *to;
    char quote; /* that has begun; 0: none */
    bool quoted;
} reading;

/* A backslash keeps what follows; within quotes only the quote and itself. */
static void take_escaped(reading *r)
{
    char next = r->at[1];
    bool special = !r->quote || next == r->quote || next == '\\';
    if (special)
        r->at++;
    *r->to++ = *r->at++;
    r->quoted = r->quoted || (special && strchr("*?[", next));
}

static bool take_char(reading *r)
{
    char c = *r->at;
    if (!c)
        return false;
    if (!r->quote && (c == ' ' || c == '\t'))
        return false;
    if (c == '\\' && r->at[1]) {
        take_escaped(r);
        return true;
    }
    r->at++;
    if (r->quote ? c == r->quote : c == '"' || c == '\'') {
        r->quote = r->quote ? 0 : c;
        return true;
    }
    r->quoted = r->quoted || (r->quote && strchr("*?[", c));
    *r->to++ = c;
    return true;
}

static const char *read_word(sftp_word *word, const char **at, char *open)
{
    reading r = {.at = *at};
    word->text = malloc(strlen(*at) + 1);
    if (!word->text)
        return "out of memory";
    r.to = word->text;
    while (take_char(&r))
        ;
    *r.to = 0;
    word->quoted = r.quoted;
    *at = r.at;
    *open = r.quote;
    return r.quote ? "a quote does not end" : NULL;
}

const char *sftp_words_split(sftp_words *w, const char *line)
{
    const char *why = NULL;
    const char *begin = line;
    w->count = 0;
    w->last = w->last_end = 0;
    w->open = 0;
    line += strspn(line, " \t");
    while (*line && !why) {
        if (w->count == SFTP_WORDS_MAX)
            return "there are too many words";
        w->last = (size_t)(line - begin);
        why = read_word(&w->list[w->count++], &line, &w->open);
        w->last_end = (size_t)(line - begin);
        line += strspn(line, " \t");
    }
    return why;
}

void sftp_words_free(sftp_words *w)
{
    for (size_t i = 0; i < w->count; i++)
        free(w->list[i].text);
    w->count = 0;
}
