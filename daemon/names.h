/* Lists of names as one text, for messages. */
#ifndef CLEATD_NAMES_H
#define CLEATD_NAMES_H

#include <cleat/types.h>

/* Each followed by a newline; to be freed. NULL where names is, or without memory. */
char *names_join(char *const *names);

/* And back: a NULL-terminated list, one block to be freed. */
char **names_split(cleat_slice joined);

#endif
