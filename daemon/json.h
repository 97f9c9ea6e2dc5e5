/* A JSON object on one line, member by member (RFC 8259). */
#ifndef CLEATD_JSON_H
#define CLEATD_JSON_H

#include "text.h"

typedef struct json {
    text_buffer line;
} json;

void json_begin(json *j);

/* Any bytes. What is not UTF-8 is written as \xNN, a backslash that looks like the beginning of
 * such as \x5c, and what is not a character to be seen (RFC 8259 §7) as \uNNNN. */
void json_text(json *j, const char *name, cleat_slice value);
void json_number(json *j, const char *name, uint64_t value);
void json_true(json *j, const char *name);

/* The line, without a newline; free() it. NULL without memory. */
CLEAT_MUST_USE char *json_end(json *j);

#endif
