/* Strings of the command: made with malloc, freed with free. */
#ifndef CLEAT_CLI_TEXT_H
#define CLEAT_CLI_TEXT_H

#include <cleat/types.h>

/* NULL without memory. */
char *text_format(const char *format, ...) CLEAT_PRINTF(1, 2);

/* ASCII case ignored. */
bool text_same(const char *a, const char *b);

/* A whole number up to max. */
bool text_number(const char *text, uint32_t max, uint32_t *number);

/* Replaces everything that is not printable UTF-8; line ends and tabs stay. */
void text_make_printable(char *text);

/* The same on a copy. */
char *text_printable(const char *text);

/* A copy for a line of output: line ends, tabs, and what turns the direction of writing around are
 * replaced, too. */
char *text_printable_name(const char *name);

/* Of a terminal, for printable text. */
size_t text_columns(const char *text);

/* To stdout, with blanks behind it up to so many columns. */
void text_print_padded(const char *text, size_t width);

/* The last part of a path; one that ends with '/' has that behind it. */
const char *text_last_part(const char *path);

bool text_ends_in_slash(const char *text);

/* A pattern for servers that only the text matches. */
char *text_as_pattern(const char *text);

/* What stands behind the last '/', which may be nothing. */
const char *text_behind_slash(const char *path);

/* The words with a blank between them; NULL for none. */
char *text_join(char *const *words, size_t count);

/* The i-th piece of a comma list, to be freed; NULL past the end. */
char *text_piece(const char *list, size_t i);

/* One of a comma list's names. */
bool text_list_has(const char *list, const char *name);

#endif
