/* Lines of known_hosts, for those who look names up and those who change the file. */
#ifndef CL_STORE_KNOWN_HOSTS_INT_H
#define CL_STORE_KNOWN_HOSTS_INT_H

#include "../alg/ctx.h"
#include "../base/buf.h"
#include "../base/slice.h"

#include <cleat/store.h>

enum { CL_HOST_NAME_MAX = 1100 };

typedef struct cl_host_line {
    bool revoked, authority;
    cleat_slice names, type, blob; /* blob in base64 */
} cl_host_line;

/* False for an empty line, a comment, and what is not a line of known_hosts. */
bool cl_host_line_parse(cleat_slice text, cl_host_line *line);

/* The names are hashed: "|1|salt|hash". */
bool cl_host_names_hashed(cleat_slice names);
bool cl_host_names_match(const cleat_allocator *mem, cleat_slice names, const char *name);

/* The name in lower case; a port other than 22 is part of it. False for what cannot stand in the
 * file as one name: a blank or a comma would make it several, and a cut one would be another
 * host's. */
CLEAT_MUST_USE bool cl_host_full_name(char out[CL_HOST_NAME_MAX], const char *host, uint16_t port);

/* Appends a line with its end. name is a full name. */
CLEAT_MUST_USE cleat_status cl_host_line_put(const cl_env *env, cl_buf *out, const char *name,
                                             const cleat_key *key, bool hashed);

#endif
