/* Lines of known_hosts, for those who look names up and those who change the file. */
#ifndef CL_STORE_KNOWN_HOSTS_INT_H
#define CL_STORE_KNOWN_HOSTS_INT_H

#include "../alg/ctx.h"
#include "../base/buf.h"
#include "../base/slice.h"

#include <cleat/edit.h>

#include <openssl/types.h>

enum { CL_HOST_NAME_MAX = 1100 };

/* Cuts marker and names off; the key stays unread, as most lines are another host's.
 * CLEAT_HOST_LINE_NONE for an empty line and a comment. */
cleat_host_line_kind cl_host_line_begin(cleat_slice text, cleat_slice *names, cleat_slice *key);

/* The words of what is behind the names; false when there are less than two. */
bool cl_host_line_key(cleat_slice key, cleat_slice *type, cleat_slice *base64);

/* The names are hashed: "|1|salt|hash". */
bool cl_host_names_hashed(cleat_slice names);

/* The names hold a wildcard or a negation. */
bool cl_host_names_have_pattern(cleat_slice names);

/* A name that is looked for in many lines. */
typedef struct cl_host_search {
    const cl_env *env;
    char name[CL_HOST_NAME_MAX]; /* full */
    EVP_MD_CTX *work;
    unsigned line;       /* that cl_host_search_next was at last; at the end, how many there are */
    cleat_status status; /* sticky: a hash could not be made */
} cl_host_search;

/* CLEAT_E_BAD_CALL for what cl_host_full_name refuses. Free it in any case. */
CLEAT_MUST_USE cleat_status cl_host_search_init(cl_host_search *s, const cl_env *env,
                                                const char *host, uint16_t port);
void cl_host_search_free(cl_host_search *s);

bool cl_host_search_is(cl_host_search *s, cleat_slice names);

/* Cuts the next line that may be about the name off *file. Lines of one plain name, which most are,
 * are passed over by that name alone. False at the end, and once the status is not CLEAT_OK. */
bool cl_host_search_next(cl_host_search *s, cleat_slice *file, cleat_slice *text);

/* The name in lower case; a port other than 22 is part of it. False for what cannot stand in the
 * file as one name: a blank or a comma would make it several, and a cut one would be another
 * host's. */
CLEAT_MUST_USE bool cl_host_full_name(char out[CL_HOST_NAME_MAX], const char *host, uint16_t port);

/* Appends the full name as "|1|salt|hash". */
CLEAT_MUST_USE cleat_status cl_host_put_hashed(const cl_env *env, cl_buf *out, cleat_slice name);

/* Appends a line without its end. name is a full name. */
CLEAT_MUST_USE cleat_status cl_host_line_put(const cl_env *env, cl_buf *out, const char *name,
                                             const cleat_key *key, bool hashed);

#endif
