/* Quoting for CreateProcess. */
#include "quote.h"

#include "text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Backslashes count only before a quote: there, and before the closing one, they are doubled. */
char *port_quote(const char *argument)
{
    char *quoted = malloc(2 * strlen(argument) + 3);
    if (!quoted)
        return NULL;
    char *out = quoted;
    size_t backslashes = 0;
    *out++ = '"';
    for (const char *at = argument; *at; at++) {
        if (*at == '"') {
            memset(out, '\\', backslashes + 1);
            out += backslashes + 1;
        }
        backslashes = *at == '\\' ? backslashes + 1 : 0;
        *out++ = *at;
    }
    memset(out, '\\', backslashes);
    out += backslashes;
    *out++ = '"';
    *out = '\0';
    return quoted;
}

static bool is_cmd(const char *shell)
{
    const char *name = shell;
    for (const char *at = shell; *at; at++) {
        if (*at == '\\' || *at == '/')
            name = at + 1;
    }
    return _stricmp(name, "cmd.exe") == 0 || _stricmp(name, "cmd") == 0;
}

char *port_shell_line(const char *shell, const char *option, const char *command)
{
    if (!command)
        return port_format("\"%s\"", shell);
    if (is_cmd(shell))
        return port_format("\"%s\" /s %s \"%s\"", shell, option ? option : "/c", command);
    char *quoted = port_quote(command);
    char *line = quoted ? port_format("\"%s\" %s %s", shell, option ? option : "-c", quoted) : NULL;
    free(quoted);
    return line;
}
