/* The text around keys: "-----BEGIN X-----", base64 lines, "-----END X-----" (RFC 7468). */
#ifndef CL_KEY_ARMOUR_H
#define CL_KEY_ARMOUR_H

#include "../base/buf.h"

/* No key file is larger than this. */
#define CL_KEY_FILE_MAX ((size_t)1 << 20)

typedef struct cl_armour {
    cleat_slice label; /* "OPENSSH PRIVATE KEY" */
    cleat_slice body;  /* the lines between */
    cleat_slice whole; /* from BEGIN to the end of the END line */
    size_t line;       /* of the body's first line, from 1 */
} cl_armour;

/* Takes a line off, without its end ('\r' included) and the blanks around it. False at the end. */
bool cl_armour_next_line(cleat_slice *rest, cleat_slice *line);

/* Finds the first armoured object whose label ends in `suffix`; text before it is skipped. Views
 * into the file. CLEAT_E_KEY_FORMAT with the line where something was expected. */
CLEAT_MUST_USE cleat_status cl_armour_find(cleat_slice file, const char *suffix, cl_armour *out,
                                           cleat_error *err);

/* True for "-----BEGIN X-----". */
bool cl_armour_is_begin(cleat_slice line);

/* The object that begins with *rest's first line, which is_begin. *lines is how many lines of the
 * file are before *rest; both are moved behind the object. Otherwise as cl_armour_find. */
CLEAT_MUST_USE cleat_status cl_armour_take(cleat_slice *rest, size_t *lines, cl_armour *out,
                                           cleat_error *err);

/* Appends the decoded body, which must be nothing but base64. */
CLEAT_MUST_USE cleat_status cl_armour_decode(const cl_armour *a, cl_buf *out, cleat_error *err);

/* Appends BEGIN line, base64 in lines of `columns`, END line. */
void cl_armour_encode(cl_buf *out, const char *label, cleat_slice data, size_t columns);

/* Appends the text in lines of `columns`. */
void cl_put_columns(cl_buf *out, cleat_slice text, size_t columns);

#endif
