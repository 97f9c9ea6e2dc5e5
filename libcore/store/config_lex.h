/* Words of a configuration line, split as OpenSSH splits them. */
#ifndef CL_STORE_CONFIG_LEX_H
#define CL_STORE_CONFIG_LEX_H

#include "../base/arena.h"

typedef struct cl_config_words {
    const char *const *at;
    size_t count;
} cl_config_words;

/* Cuts keyword, blanks and one '=' off *line, whose rest has no blanks at its ends. *keyword is
 * NULL for an empty line or a comment. CLEAT_E_CONFIG for a quote that does not end or a zero byte.
 */
CLEAT_MUST_USE cleat_status cl_config_keyword(cl_arena *arena, cleat_slice *line,
                                              const char **keyword, cleat_error *error);

/* All words up to the end or to a '#' that begins one. Quotes, single or double, keep blanks; a
 * backslash keeps a quote, a backslash or, outside of quotes, a blank; before anything else it is
 * an ordinary character. */
CLEAT_MUST_USE cleat_status cl_config_split(cl_arena *arena, cleat_slice rest,
                                            cl_config_words *words, cleat_error *error);

/* The same words as one text, a blank between two: for a shell, so quotes stay where they may mean
 * something to it. */
CLEAT_MUST_USE cleat_status cl_config_join(cl_arena *arena, cleat_slice rest, const char **text,
                                           cleat_error *error);

#endif
