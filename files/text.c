/* Texts and paths. */
#include "files_int.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *files_format(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = len < 0 ? NULL : malloc((size_t)len + 1);
    if (!text)
        return NULL;
    va_start(args, format);
    vsnprintf(text, (size_t)len + 1, format, args);
    va_end(args);
    return text;
}

/* Not names, whatever they match. */
static bool is_dots(const char *part)
{
    return strcmp(part, ".") == 0 || strcmp(part, "..") == 0;
}

bool files_is_hidden(const cleat_files *f, const char *path)
{
    const char *patterns = f->options.hidden;
    while (patterns && *path) {
        size_t len = strcspn(path, "/");
        char *part = files_format("%.*s", (int)len, path);
        bool hidden = !part || (len && !is_dots(part) && cleat_pattern_list_match(part, patterns));
        free(part);
        if (hidden)
            return true;
        path += len + (path[len] == '/');
    }
    return false;
}

char *files_absolute(const cleat_files *f, const char *path, bool *hidden)
{
    *hidden = files_is_hidden(f, path);
    if (*hidden)
        return NULL;
    if (*path == '/')
        return files_format("%s", path);
    if (!*path)
        return files_format("%s", f->options.directory);
    return files_format("%s/%s", f->options.directory, path);
}

/* Each part goes to where the text so far ends; ".." takes the last one away again. */
void files_normalise(char *path)
{
    char *to = path;
    const char *from = path;
    while (*from) {
        from += strspn(from, "/");
        size_t len = strcspn(from, "/");
        if (len == 2 && strncmp(from, "..", 2) == 0) {
            while (to > path && *--to != '/') {
            }
        } else if (len && !(len == 1 && *from == '.')) {
            *to++ = '/';
            memmove(to, from, len);
            to += len;
        }
        from += len;
    }
    if (to == path)
        *to++ = '/';
    *to = 0;
}
