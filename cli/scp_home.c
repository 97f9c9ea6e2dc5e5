/* Homes in the paths of `cleat scp`: SFTP knows none, and the old protocol leaves them to a shell.
 */
#include "scp.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

void scp_home_own(scp_place *place)
{
    bool own = place->path[0] == '~' && (!place->path[1] || place->path[1] == '/');
    if (place->host && own)
        place->path[0] = '.';
}

char *scp_home_of(const char *path)
{
    return path[0] == '~' ? text_format("%.*s", (int)strcspn(path, "/"), path) : NULL;
}

char *scp_home_put(const char *path, const char *home)
{
    const char *rest = path + strcspn(path, "/");
    char *escaped = cleat_glob_is_pattern(rest) ? text_as_pattern(home) : text_format("%s", home);
    char *whole = escaped ? text_format("%s%s", escaped, rest) : NULL;
    free(escaped);
    return whole;
}
