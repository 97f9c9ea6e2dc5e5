/* Lists of texts. */
#include "names.h"

#include "port.h"

#include <stdlib.h>
#include <string.h>

size_t names_count(char *const *names)
{
    size_t count = 0;
    while (names && names[count])
        count++;
    return count;
}

char *names_join(char *const *names, char end, size_t *len)
{
    *len = 0;
    for (size_t i = 0; names && names[i]; i++)
        *len += strlen(names[i]) + 1;
    char *joined = names ? malloc(*len + 1) : NULL;
    char *to = joined;
    for (size_t i = 0; joined && names[i]; i++) {
        size_t n = strlen(names[i]);
        memcpy(to, names[i], n);
        to[n] = end;
        to += n + 1;
    }
    if (joined)
        *to = 0;
    return joined;
}

char **names_split(cleat_slice joined, char end)
{
    size_t count = 1;
    for (size_t i = 0; i < joined.len; i++)
        count += joined.data[i] == (uint8_t)end;
    bool whole = joined.len == 0 || joined.data[joined.len - 1] == (uint8_t)end;
    char **names = whole ? malloc(count * sizeof *names + joined.len + 1) : NULL;
    if (!names)
        return NULL;
    char *text = (char *)(names + count);
    if (joined.len)
        memcpy(text, joined.data, joined.len);
    for (size_t i = 0; i + 1 < count; i++) {
        names[i] = text;
        text = strchr(text, end);
        *text++ = 0;
    }
    names[count - 1] = NULL;
    return names;
}

void names_free_secret(char **names)
{
    size_t size = sizeof *names * (names_count(names) + 1);
    for (size_t i = 0; names && names[i]; i++)
        size += strlen(names[i]) + 1;
    port_free_secret(names, size);
}
