/* Public keys and certificates in files that may have many. */
#include "keygen_lines.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { WORDS_BEFORE_MAX = 2 }; /* a marker and the hosts; options */

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t");
}

/* Behind a word; blanks within quotes belong to it. */
static const char *skip_word(const char *at)
{
    bool quoted = false;
    for (; *at && (quoted || !strchr(" \t", *at)); at++) {
        if (*at == '\\' && at[1] == '"')
            at++;
        else if (*at == '"')
            quoted = !quoted;
    }
    return at;
}

/* The key or the certificate that begins here. */
static bool read_at(const keygen_options *o, const char *at, keygen_entry *entry)
{
    cleat_slice text = cleat_slice_of(at);
    char *type = text_format("%.*s", (int)strcspn(at, " \t"), at);
    bool certified = type && cleat_cert_is_name(type);
    free(type);
    if (!certified)
        return cleat_key_read_public(&entry->key, o->ctx, text, NULL, NULL) == CLEAT_OK;
    if (cleat_cert_read(&entry->cert, o->ctx, text, NULL) != CLEAT_OK)
        return false;
    entry->key = cleat_key_ref(cleat_cert_key(entry->cert));
    return true;
}

static char *comment_of(const char *line, const char *key)
{
    const char *comment = key;
    for (int words = 0; words < 2; words++)
        comment = skip_blanks(comment + strcspn(comment, " \t"));
    if (*comment)
        return text_printable(comment);
    size_t len = (size_t)(key - line);
    while (len && strchr(" \t", line[len - 1]))
        len--;
    char *before = text_format("%.*s", (int)len, line);
    if (before)
        text_make_printable(before);
    return before;
}

static void read_line(const keygen_options *o, const char *line, keygen_entry *entry)
{
    const char *at = line;
    for (int words = 0; *at && words <= WORDS_BEFORE_MAX; words++) {
        if (read_at(o, at, entry)) {
            entry->comment = comment_of(line, at);
            return;
        }
        at = skip_blanks(skip_word(at));
    }
}

static void release(keygen_entry *entry)
{
    cleat_key_unref(entry->key);
    cleat_cert_unref(entry->cert);
    free(entry->comment);
}

/* One line, of which `at` is the start. */
static bool visit(const keygen_options *o, const char *at, size_t number, keygen_entry_cb done)
{
    char *line = text_format("%.*s", (int)strcspn(at, "\r\n"), at);
    const char *start = line ? skip_blanks(line) : "";
    keygen_entry entry = {.line = number};
    bool counts = false;
    if (*start && *start != '#') {
        read_line(o, start, &entry);
        counts = done(o, &entry);
    }
    release(&entry);
    free(line);
    return counts;
}

size_t keygen_each_line(const keygen_options *o, cleat_slice text, keygen_entry_cb done)
{
    const char *at = (const char *)text.data;
    const char *end = at + text.len;
    size_t count = 0;
    for (size_t number = 1; at < end; number++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        count += visit(o, at, number, done);
        at = stop ? stop + 1 : end;
    }
    return count;
}
