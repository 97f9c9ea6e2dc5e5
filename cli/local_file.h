/* Files of this machine. */
#ifndef CLEAT_CLI_LOCAL_FILE_H
#define CLEAT_CLI_LOCAL_FILE_H

#include <cleat/types.h>

/* Also through a link. */
bool local_is_directory(const char *path);

/* No link. */
bool local_is_real_directory(const char *path);

/* Links that lead nowhere, too. */
bool local_is_there(const char *path);

/* ---- local_glob.c ---- */

typedef struct local_paths {
    char **list;
    size_t count;
} local_paths;

/* Asked before each name; NULL: it is always to go on. */
typedef struct local_search_options {
    bool (*goes_on)(void *user);
    void *user;
} local_search_options;

/* The existing paths that match a pattern, sorted; none is no error. */
CLEAT_MUST_USE cleat_status local_matches(local_paths *found, const char *pattern,
                                          const local_search_options *options, cleat_error *error);
void local_paths_free(local_paths *found);

#endif
