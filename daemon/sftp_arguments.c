/* The flags of internal-sftp. */
#include "sftp_arguments.h"

#include "text.h"

#include <cleat/sftp.h>

#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 32 };

typedef struct words {
    char *list[WORDS_MAX];
    size_t count;
} words;

/* ---- words: blanks part them, quotes hold them together ---- */

/* Appends what the word at *at says to `to`, which has room for it. */
static bool read_word(const char **at, char *to)
{
    char quote = 0;
    const char *p = *at;
    for (; *p && (quote || (*p != ' ' && *p != '\t')); p++) {
        if (quote ? *p == quote : *p == '"' || *p == '\'')
            quote = quote ? 0 : *p;
        else
            *to++ = *p;
    }
    *to = 0;
    *at = p;
    return !quote;
}

static const char *split(words *w, const char *command)
{
    for (const char *at = command + strspn(command, " \t"); *at; at += strspn(at, " \t")) {
        char *word = w->count < WORDS_MAX ? malloc(strlen(at) + 1) : NULL;
        if (!word)
            return "has too many words";
        w->list[w->count++] = word;
        if (!read_word(&at, word))
            return "has a quote without its end";
    }
    return NULL;
}

/* ---- values ---- */

static const char *keep(char **to, const char *value)
{
    free(*to);
    *to = text_format("%s", value);
    return *to ? NULL : "needs more memory than there is";
}

static const char *keep_names(char **to, const char *value)
{
    for (const char *at = value; *at;) {
        size_t len = strcspn(at, ",");
        if (!cleat_sftp_server_knows(at, len))
            return "names a request that there is not";
        at += len + (at[len] == ',');
    }
    return keep(to, value);
}

static const char *set_umask(sftp_arguments *a, const char *value)
{
    char *end;
    unsigned long mask = strtoul(value, &end, 8);
    if (!*value || *end || mask > 0777)
        return "has a umask that is not octal, or too large";
    a->has_umask = true;
    a->umask = (uint32_t)mask;
    return NULL;
}

static const char *set_level(sftp_arguments *a, const char *value)
{
    return cleat_log_level_parse(value, &a->level) ? NULL : "has an unknown level behind -l";
}

static const char *take_value(sftp_arguments *a, char flag, const char *value)
{
    switch (flag) {
    case 'd':
        return keep(&a->directory, value);
    case 'f':
        a->has_facility = true;
        return NULL;
    case 'l':
        return set_level(a, value);
    case 'P':
        return keep_names(&a->denied, value);
    case 'p':
        return keep_names(&a->allowed, value);
    default:
        return set_umask(a, value);
    }
}

static const char *take_word(sftp_arguments *a, const words *w, size_t *i)
{
    const char *word = w->list[*i];
    if (word[0] != '-' || !word[1])
        return "has a word that is no flag";
    for (const char *p = word + 1; *p; p++) {
        if (*p == 'R') {
            a->read_only = true;
            continue;
        }
        if (!strchr("dflPpu", *p))
            return "has a flag that internal-sftp does not have here (-R -d -f -l -P -p -u)";
        const char *value = p[1] ? p + 1 : *i + 1 < w->count ? w->list[++*i] : NULL;
        return value ? take_value(a, *p, value) : "lacks the value of its last flag";
    }
    return NULL;
}

const char *sftp_arguments_parse(sftp_arguments *a, const char *command)
{
    words w = {.count = 0};
    *a = (sftp_arguments){.level = CLEAT_LOG_ERROR};
    const char *why = split(&w, command);
    for (size_t i = 1; !why && i < w.count; i++)
        why = take_word(a, &w, &i);
    for (size_t i = 0; i < w.count; i++)
        free(w.list[i]);
    return why;
}

void sftp_arguments_free(sftp_arguments *a)
{
    free(a->directory);
    free(a->allowed);
    free(a->denied);
    *a = (sftp_arguments){.level = CLEAT_LOG_ERROR};
}
