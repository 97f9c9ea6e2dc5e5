/* The user's shell, for commands out of the user's own configuration. */
#include "port_sys.h"

#include "fail.h"
#include "text.h"
#include "wide.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* cmd.exe cannot make way for a command, so `replace` means nothing here. The quotes around the
 * command are what "/s" takes off again. */
cleat_status port_sys_shell_args(char ***args, const char *command, bool replace,
                                 cleat_error *error)
{
    (void)replace;
    char *shell = port_env(L"ComSpec");
    char *quoted = port_format("\"%s\"", command);
    if (quoted)
        *args = port_list((const char *const[]){shell ? shell : "cmd.exe", "/s", "/c", quoted}, 4);
    free(quoted);
    free(shell);
    return *args ? CLEAT_OK : port_fail_memory(error);
}

/* Detached, cmd.exe would have no console, and each program that it starts would open one. */
unsigned port_shell_apart(void)
{
    return UV_PROCESS_WINDOWS_VERBATIM_ARGUMENTS | UV_PROCESS_WINDOWS_HIDE;
}

/* A name has no quotes in it. */
char *port_shell_quote(const char *text)
{
    return strchr(text, '"') ? NULL : port_format("\"%s\"", text);
}

const char *port_shell_list(void)
{
    return "dir";
}

void port_umask(unsigned mask)
{
    (void)mask;
}
