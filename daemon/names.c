/* Lists of names. */
#include "names.h"

#include <stdlib.h>
#include <string.h>

char *names_join(char *const *names)
{
    size_t len = 1;
    for (size_t i = 0; names && names[i]; i++)
        len += strlen(names[i]) + 1;
    char *joined = names ? malloc(len) : NULL;
    char *to = joined;
    for (size_t i = 0; joined && names[i]; i++) {
        size_t n = strlen(names[i]);
        memcpy(to, names[i], n);
        to[n] = '\n';
        to += n + 1;
    }
    if (joined)
        *to = 0;
    return joined;
}

char **names_split(cleat_slice joined)
{
    size_t count = 1;
    for (size_t i = 0; i < joined.len; i++)
        count += joined.data[i] == '\n';
    char **names = malloc(count * sizeof *names + joined.len + 1);
    if (!names)
        return NULL;
    char *text = (char *)(names + count);
    size_t at = 0;
    if (joined.len)
        memcpy(text, joined.data, joined.len);
    text[joined.len] = 0;
    for (char *end; (end = strchr(text, '\n')) != NULL; text = end + 1) {
        *end = 0;
        names[at++] = text;
    }
    names[at] = NULL;
    return names;
}
