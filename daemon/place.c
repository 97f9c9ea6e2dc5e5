/* Places that connections may be forwarded to. */
#include "place.h"

#include "text.h"

#include <cleat/store.h>

#include <stdlib.h>
#include <string.h>

/* False when the pattern has no port. */
static bool split(const char *pattern, const char **host, size_t *len, const char **port)
{
    bool bracket = pattern[0] == '[';
    const char *colon = strrchr(pattern, ':');
    *host = pattern + bracket;
    if (!colon || colon - *host <= bracket || (bracket && colon[-1] != ']'))
        return false;
    *len = (size_t)(colon - *host) - bracket;
    *port = colon + 1;
    return true;
}

bool place_is_pattern(const char *pattern)
{
    const char *host;
    const char *port;
    size_t len;
    uint32_t number;
    return split(pattern, &host, &len, &port) &&
           (strcmp(port, "*") == 0 || text_number(port, 65535, &number));
}

bool place_matches(const char *pattern, const char *host, uint16_t port)
{
    const char *start;
    const char *wanted;
    size_t len;
    if (!split(pattern, &start, &len, &wanted))
        return false;
    char *name = text_format("%.*s", (int)len, start);
    uint32_t number;
    bool matches =
        name && cleat_pattern_list_match(host, name) &&
        (strcmp(wanted, "*") == 0 || (text_number(wanted, 65535, &number) && number == port));
    free(name);
    return matches;
}
