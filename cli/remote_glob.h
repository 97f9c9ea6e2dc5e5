/* Paths of the other side that match a shell pattern: `*`, `?` and `[...]` within the parts of a
 * path, and a slash at the end for folders alone. */
#ifndef CLEAT_CLI_REMOTE_GLOB_H
#define CLEAT_CLI_REMOTE_GLOB_H

#include <cleat/uv.h>

typedef struct remote_glob remote_glob;

/* The paths, sorted, to be freed one by one together with the list (glob_free_paths); none where
 * nothing matches. A path without a pattern is its own only match, whether it exists or not. why:
 * what went wrong, and there is none for that; NULL: nothing. */
typedef void (*remote_glob_cb)(void *user, char **paths, size_t count, const char *why);

/* done is called from the loop, or within this call where nothing has to be asked; *out is gone
 * then. False without memory: done is not called. */
bool remote_glob_start(remote_glob **out, cleat_sftp_link *link, const char *pattern,
                       remote_glob_cb done, void *user);

/* Before it is done: done is not called any more. is_over: the link is. */
void remote_glob_stop(remote_glob *g, bool is_over);
void remote_glob_free_paths(char **paths, size_t count);

/* Whether a name is like the pattern; a dot at the beginning is matched by a dot alone. */
bool remote_glob_matches(const char *name, const char *pattern);

/* Whether there is a pattern in it at all: a backslash takes the meaning from what follows it. */
bool remote_glob_is_pattern(const char *text);

/* A pattern that only the text matches; NULL without memory. */
char *remote_glob_escape(const char *text);

#endif
