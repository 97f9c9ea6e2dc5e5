/* The environment of a session's process. */
#ifndef CLEATD_ENVIRONMENT_H
#define CLEATD_ENVIRONMENT_H

#include <cleat/types.h>

enum { ENVIRONMENT_MAX = 256 };

typedef struct environment {
    char *items[ENVIRONMENT_MAX + 1]; /* "NAME=value", NULL-terminated */
    size_t count;
    bool failed; /* no memory, or too many */
} environment;

/* Replaces a variable of the same name. */
void environment_set(environment *e, const char *name, const char *value);
void environment_put(environment *e, const char *pair); /* "NAME=value" */

/* NULL when something could not be set. */
const char *const *environment_list(const environment *e);
void environment_free(environment *e);

#endif
