/* "[user@]host:path", "scheme://[user@]host[:port]/path", or a file of this machine. */
#include "scp_place.h"

#include "ssh.h"
#include "port.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

void scp_place_clear(scp_place *p)
{
    free(p->host);
    free(p->port);
    free(p->path);
    *p = (scp_place){0};
}

/* [user@]host[:port][/path] */
static bool parse_uri(scp_place *p, const char *text)
{
    size_t len = strcspn(text, "/");
    const char *rest = text[len] ? text + len + 1 : "";
    char *where = text_format("ssh://%.*s", (int)len, text);
    ssh_place found = {0};
    bool good = where && place_parse(&found, where, true);
    free(where);
    if (!good)
        return false;
    p->host =
        found.user ? text_format("%s@%s", found.user, found.host) : text_format("%s", found.host);
    p->port = found.port;
    found.port = NULL;
    p->path = text_format("%s", *rest ? rest : ".");
    place_free(&found);
    return p->host && p->path;
}

/* A colon before any slash makes it a host's, unless it is that of a drive; an address of version 6
 * stands in brackets. */
bool scp_place_parse(scp_place *p, const char *text, const char *scheme)
{
    *p = (scp_place){0};
    size_t len = strlen(scheme);
    if (strncmp(text, scheme, len) == 0 && strncmp(text + len, "://", 3) == 0)
        return parse_uri(p, text + len + 3);
    const char *at = strchr(text, '@');
    const char *host = at && at < text + strcspn(text, ":/[") ? at + 1 : text;
    const char *close = *host == '[' ? strchr(host, ']') : NULL;
    const char *colon = close ? close + 1 : text + strcspn(text, ":/");
    if (*colon != ':' || colon == text || port_path_is_absolute(text)) {
        p->path = text_format("%s", text);
        return p->path != NULL;
    }
    if (close)
        p->host =
            text_format("%.*s%.*s", (int)(host - text), text, (int)(close - host - 1), host + 1);
    else
        p->host = text_format("%.*s", (int)(colon - text), text);
    p->path = text_format("%s", colon[1] ? colon + 1 : ".");
    return p->host && p->path;
}
