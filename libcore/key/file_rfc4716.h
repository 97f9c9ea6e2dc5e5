/* Public keys in RFC 4716's form: "---- BEGIN SSH2 PUBLIC KEY ----", headers, base64. */
#ifndef CL_KEY_FILE_RFC4716_H
#define CL_KEY_FILE_RFC4716_H

#include "key.h"

/* True when a line of the file begins such a key; *rest then starts with what follows it, *line is
 * the line's number, from 1. */
bool cl_rfc4716_find(cleat_slice file, cleat_slice *rest, size_t *line);

/* What cl_rfc4716_find has found. The comment is kept, without the quotes around it; other headers
 * are not looked at. */
CLEAT_MUST_USE cleat_status cl_rfc4716_read(const cl_env *env, cleat_slice rest, size_t line,
                                            cleat_key **out, cleat_error *err);

/* Moves on behind the key's last line. */
void cl_rfc4716_skip(cleat_slice *rest, size_t *line);

/* Appends the file. */
void cl_rfc4716_write(const cleat_key *key, cl_buf *out);

#endif
