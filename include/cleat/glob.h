/* Paths of an SFTP server that match a shell pattern: `*`, `?` and `[...]` within the parts of a
 * path, `**` as a part for any folders, and a slash at the end for folders alone. Everything
 * belongs to the loop of the link and its thread. */
#ifndef CLEAT_GLOB_H
#define CLEAT_GLOB_H

#include <cleat/uv.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cleat_glob cleat_glob;

/* The paths, sorted and each once, to be given back by cleat_glob_free_paths; none where nothing
 * matches. Names are the server's, but none of them leads out of its folder. why->status: CLEAT_OK,
 * or why there are no paths: CLEAT_E_NOMEM; CLEAT_E_LIMIT, 100000 paths or 64 MiB of them are the
 * most; CLEAT_E_IO, a folder's list broke off; CLEAT_E_PROTO, one has no entries and no end.
 * Folders that cannot be read have no matches. */
typedef void (*cleat_glob_cb)(void *user, char **paths, size_t count, const cleat_error *why);

/* A path without a pattern is its own only match, whether it exists or not. `**` stands for folders
 * within folders, none too, and at the end for all that is in them; it passes over links, over
 * names that begin with a dot, and over what the server does not call a folder. done is called
 * once: from the loop, or within this call where nothing has to be asked (*out has gone then). The
 * requests are made, cleat_sftp_link_send is the caller's. CLEAT_E_NOMEM: done is not called. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_glob_start(cleat_glob **out, cleat_sftp_link *link,
                                                       const char *pattern, cleat_glob_cb done,
                                                       void *user);

/* Before it is done: done is not called any more. is_over: the link has ended. */
CLEAT_API void cleat_glob_stop(cleat_glob *g, bool is_over);
CLEAT_API void cleat_glob_free_paths(char **paths, size_t count);

/* Whether a name is like the pattern of one part; a dot at the beginning is matched by a dot alone.
 */
CLEAT_API bool cleat_glob_matches(const char *name, const char *pattern);

/* Whether there is a pattern in it at all: a backslash takes the meaning from what follows it. */
CLEAT_API bool cleat_glob_is_pattern(const char *text);

/* Writes a pattern that only the text matches: at most 2 * strlen(text) + 1 bytes. */
CLEAT_API void cleat_glob_escape(char *out, const char *text);

#ifdef __cplusplus
}
#endif
#endif
