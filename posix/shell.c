/* The user's shell, for commands out of the user's own configuration. */
#include "port_sys.h"

#include "fail.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <uv.h>

static cleat_status make_args(char ***args, const char *shell, const char *command, bool replace,
                              cleat_error *error)
{
    char *line = port_format("%s%s", replace ? "exec " : "", command);
    if (line)
        *args = port_list((const char *const[]){shell, "-c", line}, 3);
    free(line);
    return *args ? CLEAT_OK : port_fail_memory(error);
}

cleat_status port_sys_shell_args(char ***args, const char *command, bool replace,
                                 cleat_error *error)
{
    const char *shell = getenv("SHELL");
    if (shell && *shell)
        return make_args(args, shell, command, replace, error);

    port_user *me;
    cleat_status status = port_user_current(&me, error);
    if (status < 0)
        return status;
    status = make_args(args, me->shell, command, replace, error);
    port_user_free(me);
    return status;
}

/* Between single quotes nothing is special but these. */
char *port_shell_quote(const char *text)
{
    char *quoted = malloc(4 * strlen(text) + 3);
    char *to = quoted;
    if (!quoted)
        return NULL;
    *to++ = '\'';
    for (; *text; text++) {
        if (*text == '\'') {
            memcpy(to, "'\\''", 4);
            to += 4;
        } else {
            *to++ = *text;
        }
    }
    *to++ = '\'';
    *to = 0;
    return quoted;
}

const char *port_shell_list(void)
{
    return "ls";
}

void port_umask(unsigned mask)
{
    umask((mode_t)mask);
}

unsigned port_shell_apart(void)
{
    return UV_PROCESS_DETACHED;
}
