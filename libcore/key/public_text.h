/* Public keys as one line of text: "type base64 comment". */
#ifndef CL_KEY_PUBLIC_TEXT_H
#define CL_KEY_PUBLIC_TEXT_H

#include "key.h"

/* Cuts the text at blanks; false unless there are at least two words. No word is looked at. */
bool cl_key_text_split(cleat_slice text, cleat_slice *type, cleat_slice *base64,
                       cleat_slice *comment);

/* Appends the decoded blob, which must begin with the type's name. The key itself is not parsed:
 * it may be of a type that this build does not know, or a certificate. */
CLEAT_MUST_USE cleat_status cl_key_text_decode(cleat_slice type, cleat_slice base64, cl_buf *blob,
                                               cleat_error *err);

/* Both, and parses the key. The comment is kept. */
CLEAT_MUST_USE cleat_status cl_key_from_text(const cl_env *env, cleat_slice text, cleat_key **out,
                                             cleat_error *err);

/* The first line of a file that is not blank and no comment. number: its line, from 1. False when
 * there is none. */
bool cl_key_text_first_line(cleat_slice file, cleat_slice *line, size_t *number);

/* Appends the comment. A control character, which would end a line, becomes a blank. */
void cl_key_put_comment(const cleat_key *key, cl_buf *out);

/* Appends "type base64", and a blank and the comment if there is one; no line end. */
void cl_key_put_text(const cleat_key *key, cl_buf *out);

#endif
