/* What the files of the configuration parser share. */
#ifndef CL_STORE_CONFIG_INT_H
#define CL_STORE_CONFIG_INT_H

#include "../base/arena.h"
#include "config_lex.h"

#include <cleat/config.h>

typedef struct cl_config_value {
    const char **items;
    size_t count;
    int64_t number;
    const char *origin; /* "file line N"; NULL while only the fallback speaks */
    bool closed;        /* no further line adds to it */
} cl_config_value;

struct cleat_config {
    const cleat_allocator *mem;
    const cleat_config_table *table;
    cl_arena arena;
    cl_config_value *values; /* one a row */
    const char **notes;
    size_t note_count;
    bool has_match;
};

/* Parses the rest of a keyword's line by the row's type. Items live in the arena. The row is no
 * alias. */
CLEAT_MUST_USE cleat_status cl_config_parse_value(cl_arena *arena, const cleat_config_row *row,
                                                  cleat_slice rest, cl_config_value *value,
                                                  cleat_error *error);

/* Keeps a parsed value, unless the first one has been kept already. */
CLEAT_MUST_USE cleat_status cl_config_keep(cleat_config *c, const cleat_config_row *row,
                                           const cl_config_value *value, const char *origin);

/* Notes that the row's value has no effect, unless it is the fallback. */
CLEAT_MUST_USE cleat_status cl_config_note(cleat_config *c, const cleat_config_row *row,
                                           const cl_config_value *value, const char *origin);

/* Nothing more is added to what is set, but by rows that merge. */
void cl_config_close(cleat_config *c);

/* One of a comma list's words, '|' between spellings: its place and first spelling, or -1. */
int cl_config_word(const char *words, const char *text, cleat_slice *spelling);

/* The keyword that is spelt most like this one; NULL when none is near. */
const char *cl_config_nearest(const cleat_config_table *table, const char *keyword);

cl_config_value *cl_config_value_of(const cleat_config *c, const cleat_config_row *row);

#endif
