/* Device names and streams. */
#include "names.h"

#include "port.h"
#include "wide.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const char literal[] = "\\\\?\\";

static bool is_literal(const char *path)
{
    return strncmp(path, literal, sizeof literal - 1) == 0;
}

static const char *last_part(const char *path)
{
    const char *part = path;
    for (const char *at = path; *at; at++) {
        if (*at == '\\' || *at == '/')
            part = at + 1;
    }
    return part;
}

static bool is_numbered(const char *stem, size_t len, const char *kind)
{
    return len == 4 && _strnicmp(stem, kind, 3) == 0 && stem[3] >= '1' && stem[3] <= '9';
}

/* An ending does not make a file of it, nor do blanks. */
bool port_name_of_device(const char *path)
{
    static const char *const names[] = {"CON", "PRN", "AUX"};
    const char *stem = last_part(path);
    size_t len = strcspn(stem, ".:");
    while (len > 0 && stem[len - 1] == ' ')
        len--;
    if (is_literal(path))
        return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (len == 3 && _strnicmp(stem, names[i], 3) == 0)
            return true;
    }
    return is_numbered(stem, len, "COM") || is_numbered(stem, len, "LPT");
}

bool port_name_of_stream(const char *path)
{
    const char *rest = is_literal(path) ? path + sizeof literal - 1 : path;
    if (rest[0] && rest[1] == ':')
        rest += 2;
    return strchr(rest, ':') != NULL;
}

/* A blank or a dot at the end is dropped by Windows, so that ".. " would be "..". */
bool port_name_is_plain(const char *name)
{
    size_t len = strlen(name);
    if (len == 0 || name[len - 1] == '.' || name[len - 1] == ' ' || port_name_of_device(name) ||
        _stricmp(name, "NUL") == 0)
        return false;
    for (const char *at = name; *at; at++) {
        if ((unsigned char)*at < ' ' || strchr("\\/:*?\"<>|", *at))
            return false;
    }
    wchar_t *wide = port_wide(name);
    free(wide);
    return wide != NULL; /* what is not UTF-8 would become another name */
}
