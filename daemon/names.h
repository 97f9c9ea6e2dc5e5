/* Lists of texts as one, for messages. */
#ifndef CLEATD_NAMES_H
#define CLEATD_NAMES_H

#include <cleat/types.h>

/* Each followed by `end`, `len` bytes; to be freed. NULL where names is, or without memory. */
char *names_join(char *const *names, char end, size_t *len);

/* And back: a NULL-terminated list, one block to be freed. NULL without memory, or if the last has
 * no end. */
char **names_split(cleat_slice joined, char end);

/* How many there are; 0 for NULL. */
size_t names_count(char *const *names);

/* Frees a block of secrets from names_split. NULL is fine. */
void names_free_secret(char **names);

#endif
