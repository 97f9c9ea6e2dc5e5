/* Words of a configuration line. */
#include "config_lex.h"

#include "../base/error.h"
#include "../base/slice.h"

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\f';
}

static size_t skip_blanks(cleat_slice s, size_t i)
{
    while (i < s.len && is_blank(s.data[i]))
        i++;
    return i;
}

static bool is_escape(cleat_slice s, size_t i, uint8_t quote)
{
    if (s.data[i] != '\\' || i + 1 >= s.len)
        return false;
    uint8_t next = s.data[i + 1];
    return next == '"' || next == '\'' || next == '\\' || (!quote && next == ' ');
}

/* One word from *at on; a '=' ends it only where it is the keyword. */
static cleat_status read_word(cl_arena *arena, cleat_slice s, size_t *at, bool keyword,
                              const char **word, cleat_error *error)
{
    char *out = cl_arena_get(arena, s.len - *at + 1);
    size_t n = 0;
    size_t i = *at;
    uint8_t quote = 0;
    *word = out;
    if (!out)
        return CLEAT_E_NOMEM;
    for (; i < s.len; i++) {
        uint8_t c = s.data[i];
        if (!quote && (is_blank(c) || (keyword && c == '=')))
            break;
        if (is_escape(s, i, quote)) {
            out[n++] = (char)s.data[++i];
        } else if (quote ? c == quote : (c == '"' || c == '\'')) {
            quote = quote ? 0 : c;
        } else {
            out[n++] = (char)c;
        }
    }
    *at = i;
    return quote ? cl_fail(error, CLEAT_E_CONFIG, "a quote does not end") : CLEAT_OK;
}

cleat_status cl_config_keyword(cl_arena *arena, cleat_slice *line, const char **keyword,
                               cleat_error *error)
{
    cleat_slice s = *line;
    *keyword = NULL;
    if (s.len && memchr(s.data, 0, s.len))
        return cl_fail(error, CLEAT_E_CONFIG, "the line holds a zero byte");
    while (s.len && is_blank(s.data[s.len - 1]))
        s.len--;
    size_t at = skip_blanks(s, 0);
    if (at == s.len || s.data[at] == '#')
        return CLEAT_OK;
    cleat_status st = read_word(arena, s, &at, true, keyword, error);
    if (st != CLEAT_OK)
        return st;
    at = skip_blanks(s, at);
    if (at < s.len && s.data[at] == '=')
        at = skip_blanks(s, at + 1);
    *line = cl_slice_cut(s, at, s.len);
    return CLEAT_OK;
}

/* Means the same to a shell with and without quotes around it. */
static bool is_plain(const char *word)
{
    return *word && !word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "0123456789_./:=,@%+-")];
}

cleat_status cl_config_join(cl_arena *arena, cleat_slice rest, const char **text,
                            cleat_error *error)
{
    char *out = cl_arena_get(arena, rest.len + 1);
    size_t n = 0;
    size_t at = skip_blanks(rest, 0);
    *text = out;
    if (!out)
        return CLEAT_E_NOMEM;
    while (at < rest.len && rest.data[at] != '#') {
        const char *word;
        size_t from = at;
        cleat_status st = read_word(arena, rest, &at, false, &word, error);
        if (st != CLEAT_OK)
            return st;
        bool plain = is_plain(word);
        size_t len = plain ? strlen(word) : at - from;
        if (n)
            out[n++] = ' ';
        memcpy(out + n, plain ? word : (const char *)rest.data + from, len);
        n += len;
        at = skip_blanks(rest, at);
    }
    return CLEAT_OK;
}

cleat_status cl_config_split(cl_arena *arena, cleat_slice rest, cl_config_words *words,
                             cleat_error *error)
{
    /* Each word but the last is followed by a blank at least. */
    const char **list = cl_arena_get(arena, (rest.len / 2 + 1) * sizeof *list);
    size_t count = 0;
    size_t at = skip_blanks(rest, 0);
    *words = (cl_config_words){0};
    if (!list)
        return CLEAT_E_NOMEM;
    while (at < rest.len && rest.data[at] != '#') {
        cleat_status st = read_word(arena, rest, &at, false, &list[count++], error);
        if (st != CLEAT_OK)
            return st;
        at = skip_blanks(rest, at);
    }
    *words = (cl_config_words){list, count};
    return CLEAT_OK;
}
