/* Reading a configuration file: lines, Host and Match blocks, Include. */
#include "../base/error.h"
#include "../base/pattern.h"
#include "../base/slice.h"
#include "config_int.h"

#include <stdio.h>

enum { DEPTH_MAX = 16, ORIGIN_MAX = 512 };

struct cleat_config_reading {
    cleat_config *config;
    const cleat_config_host *host; /* NULL: one line of the command line */
    const char *file;
    unsigned line;
    unsigned depth;
    bool active;   /* the block that is being read counts */
    bool never;    /* this file is included from a block that does not count */
    bool in_match; /* inside a Match block */
    bool *located; /* the error's text says already where */
};

/* ---- blocks ---- */

static cleat_status host_block(cleat_config_reading *r, const cl_config_words *patterns,
                               cleat_error *error)
{
    bool matches = false;
    bool negated = false;
    if (patterns->count == 0)
        return cl_fail(error, CLEAT_E_CONFIG, "Host: a pattern is missing");
    for (size_t i = 0; i < patterns->count; i++) {
        const char *pattern = patterns->at[i];
        bool excludes = *pattern == '!';
        if (!cl_pattern_match(cleat_slice_of(r->host->host), cleat_slice_of(pattern + excludes),
                              true))
            continue;
        negated = negated || excludes;
        matches = matches || !excludes;
    }
    r->in_match = false;
    r->active = matches && !negated && !r->never;
    return CLEAT_OK;
}

typedef struct match_line {
    bool result;
    bool all;    /* "all" was there */
    bool others; /* and so was something that "all" may not stand with */
} match_line;

static const cleat_config_criterion *find_criterion(const cleat_config_table *table,
                                                    cleat_slice name)
{
    for (size_t i = 0; i < table->criterion_count; i++) {
        if (cl_slice_is_nocase(name, table->criteria[i].name))
            return &table->criteria[i];
    }
    return NULL;
}

static cleat_status ask(cleat_config_reading *r, const cleat_config_question *question,
                        bool *matches, cleat_error *error)
{
    *matches = false;
    if (!r->host->match)
        return CLEAT_OK;
    return r->host->match(r->host->user, r->config, question, matches, error);
}

/* One criterion, which takes one or two of the words from *at on. */
static cleat_status judge(cleat_config_reading *r, const cl_config_words *words, size_t *at,
                          match_line *m, cleat_error *error)
{
    const char *word = words->at[(*at)++];
    bool negated = *word == '!';
    const char *name = word + negated;
    size_t len = strcspn(name, "=");
    const char *equals = name[len] ? name + len : NULL;
    const cleat_config_criterion *criterion = find_criterion(r->config->table, cl_slice(name, len));
    if (!criterion)
        return cl_fail(error, CLEAT_E_CONFIG, "Match: \"%s\" is no criterion", word);
    cleat_config_question question = {.criterion = criterion->name, .decided = !m->result};
    if (criterion->argument)
        question.argument = equals ? equals + 1 : *at < words->count ? words->at[(*at)++] : NULL;
    if (criterion->argument && (!question.argument || !*question.argument))
        return cl_fail(error, CLEAT_E_CONFIG, "Match: %s needs a value", criterion->name);
    if (!criterion->argument && equals)
        return cl_fail(error, CLEAT_E_CONFIG, "Match: %s takes no value", criterion->name);
    bool is_all = strcmp(criterion->name, "all") == 0;
    bool matches = is_all;
    m->all = m->all || is_all;
    m->others = m->others || criterion->argument || (is_all && negated);
    cleat_status st = is_all ? CLEAT_OK : ask(r, &question, &matches, error);
    m->result = m->result && matches != negated;
    return st;
}

static cleat_status match_block(cleat_config_reading *r, const cl_config_words *words,
                                cleat_error *error)
{
    match_line m = {.result = !r->never};
    if (words->count == 0)
        return cl_fail(error, CLEAT_E_CONFIG, "Match: a criterion is missing");
    for (size_t at = 0; at < words->count;) {
        cleat_status st = judge(r, words, &at, &m, error);
        if (st != CLEAT_OK)
            return st;
    }
    if (m.all && m.others)
        return cl_fail(error, CLEAT_E_CONFIG, "Match: \"all\" stands alone");
    r->in_match = true;
    r->active = m.result;
    r->config->has_match = true;
    return CLEAT_OK;
}

/* ---- Include ---- */

static cleat_status include(cleat_config_reading *r, const cl_config_words *patterns,
                            cleat_error *error)
{
    if (patterns->count == 0)
        return cl_fail(error, CLEAT_E_CONFIG, "Include: a file is missing");
    if (!r->host->include)
        return cl_fail(error, CLEAT_E_CONFIG, "Include cannot stand here");
    for (size_t i = 0; i < patterns->count; i++) {
        cleat_status st = r->host->include(r->host->user, patterns->at[i], r->file, r, error);
        if (st != CLEAT_OK)
            return st;
    }
    return CLEAT_OK;
}

/* ---- lines ---- */

static cleat_status block_line(cleat_config_reading *r, cl_arena *arena, cleat_slice rest,
                               cleat_status (*begin)(cleat_config_reading *r,
                                                     const cl_config_words *words,
                                                     cleat_error *error),
                               const char *keyword, cleat_error *error)
{
    cl_config_words words;
    if (!r->host)
        return cl_fail(error, CLEAT_E_CONFIG, "%s stands in files only", keyword);
    cleat_status st = cl_config_split(arena, rest, &words, error);
    return st == CLEAT_OK ? begin(r, &words, error) : st;
}

static bool is_skipped(const cleat_config *c, const char *keyword)
{
    if (!c->table->skipped)
        return false;
    for (size_t i = 0; i < cleat_config_count(c, c->table->skipped); i++) {
        cleat_slice list = cleat_slice_of(cleat_config_item(c, c->table->skipped, i));
        if (cl_pattern_list(cleat_slice_of(keyword), list, true) == CL_MATCH_YES)
            return true;
    }
    return false;
}

/* A value that restricts nothing may be said of what is refused otherwise. */
static bool is_harmless(const cleat_config_row *row, const cl_config_value *value)
{
    cleat_slice spelling;
    return value->count == 1 && row->words &&
           cl_config_word(row->words, value->items[0], &spelling) >= 0;
}

static bool in_scope(const cleat_config_reading *r)
{
    cleat_config_scope scope = r->host ? r->host->scope : CLEAT_CONFIG_ALL;
    return scope == CLEAT_CONFIG_ALL || (scope == CLEAT_CONFIG_BLOCKS) == r->in_match;
}

/* A server reads its file long before it knows which blocks a client will meet, so what it must
 * not pass over, or has to say, is looked for in all of them. */
static bool in_view(const cleat_config_reading *r)
{
    return r->active || r->config->table->match_by_flag;
}

static cleat_status check_value(cleat_config_reading *r, const cleat_config_row *row,
                                const cl_config_value *value, cleat_error *error)
{
    if ((row->flags & CLEAT_CONFIG_REFUSED) && in_view(r) && !is_harmless(row, value))
        return cl_fail(error, CLEAT_E_CONFIG,
                       "%s is not supported yet, and going on without it would be less safe: "
                       "remove the line",
                       row->name);
    if (!r->host || !r->host->check)
        return CLEAT_OK;
    return r->host->check(r->host->user, row, value->items, value->count, error);
}

/* What stands alone has no number. */
static void name_line(const cleat_config_reading *r, char out[ORIGIN_MAX])
{
    if (r->host)
        snprintf(out, ORIGIN_MAX, "%s line %u", r->file, r->line);
    else
        snprintf(out, ORIGIN_MAX, "%s", r->file);
}

static cleat_status value_line(cleat_config_reading *r, cl_arena *arena,
                               const cleat_config_row *row, cleat_slice rest, cleat_error *error)
{
    cl_config_value value;
    char origin[ORIGIN_MAX];
    cleat_config *c = r->config;
    if (row->flags & CLEAT_CONFIG_IGNORED)
        return CLEAT_OK;
    if (r->in_match && c->table->match_by_flag && !(row->flags & CLEAT_CONFIG_IN_MATCH))
        return cl_fail(error, CLEAT_E_CONFIG, "%s cannot stand in a Match block", row->name);
    cleat_status st = cl_config_parse_value(arena, row, rest, &value, error);
    if (st == CLEAT_OK)
        st = check_value(r, row, &value, error);
    if (st != CLEAT_OK || !in_scope(r))
        return st;
    name_line(r, origin);
    if (r->active)
        return cl_config_keep(c, row, &value, origin);
    bool speaks = in_view(r) && (row->flags & CLEAT_CONFIG_NO_EFFECT);
    return speaks ? cl_config_note(c, row, &value, origin) : CLEAT_OK;
}

static cleat_status one_line(cleat_config_reading *r, cl_arena *arena, cleat_slice rest,
                             cleat_error *error)
{
    const char *keyword;
    cleat_status st = cl_config_keyword(arena, &rest, &keyword, error);
    if (st != CLEAT_OK || !keyword)
        return st;
    cleat_slice name = cleat_slice_of(keyword);
    if (r->config->table->host_blocks && cl_slice_is_nocase(name, "Host"))
        return block_line(r, arena, rest, host_block, "Host", error);
    if (cl_slice_is_nocase(name, "Match"))
        return block_line(r, arena, rest, match_block, "Match", error);
    if (cl_slice_is_nocase(name, "Include"))
        return block_line(r, arena, rest, include, "Include", error);
    const cleat_config_row *row = cleat_config_find(r->config->table, keyword);
    if (row)
        return value_line(r, arena, row, rest, error);
    if (is_skipped(r->config, keyword))
        return CLEAT_OK;
    const char *near = cl_config_nearest(r->config->table, keyword);
    return cl_fail(error, CLEAT_E_CONFIG, "Bad configuration option: %s%s%s%s", keyword,
                   near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

/* ---- files ---- */

static cleat_status locate(cleat_config_reading *r, cleat_status st, cleat_error *error)
{
    if (error && !*r->located) {
        char where[ORIGIN_MAX];
        cleat_error inner = *error;
        name_line(r, where);
        cl_fail(error, st, "%s: %.400s", where, inner.text[0] ? inner.text : cleat_status_text(st));
    }
    *r->located = true;
    return st;
}

static cleat_status read_lines(cleat_config_reading *r, cleat_slice text, cleat_error *error)
{
    cleat_slice line;
    while (cl_slice_split(&text, '\n', &line)) {
        cl_arena arena = {.mem = r->config->mem};
        r->line++;
        if (error)
            cl_error_clear(error);
        cleat_status st = one_line(r, &arena, line, error);
        cl_arena_free(&arena);
        if (st != CLEAT_OK)
            return locate(r, st, error);
    }
    return CLEAT_OK;
}

cleat_status cleat_config_included(cleat_config_reading *outer, const char *file, cleat_slice text,
                                   cleat_error *error)
{
    cleat_config_reading r = *outer;
    if (r.depth + 1 >= DEPTH_MAX)
        return cl_fail(error, CLEAT_E_CONFIG, "Include: files are nested more than %d deep",
                       DEPTH_MAX);
    r.file = file;
    r.line = 0;
    r.depth++;
    r.never = r.never || !r.active;
    return read_lines(&r, text, error);
}

cleat_status cleat_config_read(cleat_config *c, const char *file, cleat_slice text,
                               const cleat_config_host *host, cleat_error *error)
{
    const cleat_config_host nobody = {.struct_size = sizeof nobody};
    bool located = false;
    cleat_config_reading r = {.config = c,
                              .host = host ? host : &nobody,
                              .file = file,
                              .active = true,
                              .located = &located};
    cleat_status st = read_lines(&r, text, error);
    if (r.host->scope == CLEAT_CONFIG_BLOCKS)
        cl_config_close(c);
    return st;
}

cleat_status cleat_config_set(cleat_config *c, const char *origin, const char *line,
                              cleat_error *error)
{
    bool located = false;
    cleat_config_reading r = {.config = c, .file = origin, .active = true, .located = &located};
    return read_lines(&r, cleat_slice_of(line), error);
}
