/* Terminals and processes of sessions: what a client or a configuration may have wrong. */
#include "check.h"
#include "fail.h"
#include "port_sys.h"

#include <string.h>

enum { SIGNAL_NAME_MAX = 64 }; /* as any name on the wire (RFC 4251 §6) */

/* ---- Terminals ------------------------------------------------------------------------------- */

static uint32_t at_most(uint32_t size)
{
    return size < PORT_WINSIZE_MAX ? size : PORT_WINSIZE_MAX;
}

/* A size comes from the client, who may name any. */
static cleat_winsize within_limits(const cleat_winsize *size)
{
    return (cleat_winsize){.columns = at_most(size->columns),
                           .rows = at_most(size->rows),
                           .width_px = at_most(size->width_px),
                           .height_px = at_most(size->height_px)};
}

cleat_status port_pty_open(port_pty **pty, const cleat_winsize *size, cleat_slice modes,
                           cleat_error *error)
{
    cleat_winsize usable = within_limits(size);
    *pty = NULL;
    return port_sys_pty_open(pty, &usable, modes, error);
}

cleat_status port_pty_resize(port_pty *pty, const cleat_winsize *size, cleat_error *error)
{
    cleat_winsize usable = within_limits(size);
    return port_sys_pty_resize(pty, &usable, error);
}

/* ---- Processes ------------------------------------------------------------------------------- */

/* A relative path would depend on the folder that the session begins in, which is the user's. */
static cleat_status check_shell(const char *shell, cleat_error *error)
{
    cleat_status status = port_check_path(shell, error);
    if (status == CLEAT_OK && !port_sys_is_absolute(shell))
        status = port_fail(error, CLEAT_E_BAD_CALL, "the shell %s is not an absolute path", shell);
    return status;
}

static cleat_status check_environment(const char *const *env, cleat_error *error)
{
    char shown[PORT_SHOWN_ROOM];
    for (size_t i = 0; env[i]; i++) {
        const char *equals = strchr(env[i], '=');
        if (!equals || equals == env[i])
            return port_fail(error, CLEAT_E_BAD_CALL, "\"%s\" is not a variable and its value",
                             port_shown(shown, env[i]));
    }
    return CLEAT_OK;
}

static cleat_status check_prelude(const port_prelude *prelude, cleat_error *error)
{
    if (!port_process_has_prelude())
        return port_fail(error, CLEAT_E_UNSUPPORTED, "nothing can run before a session here");
    if (prelude->input.len > PORT_PRELUDE_MAX)
        return port_fail(error, CLEAT_E_BAD_CALL, "%zu bytes are too many for a prelude",
                         prelude->input.len);
    return check_shell(prelude->argv[0], error);
}

cleat_status port_process_start(port_process **process, port_stdio *stdio,
                                const port_command *command, cleat_error *error)
{
    *process = NULL;
    *stdio = (port_stdio){.in = -1, .out = -1, .err = -1};
    cleat_status status = check_shell(command->shell, error);
    if (status == CLEAT_OK)
        status = check_environment(command->env, error);
    if (status == CLEAT_OK && command->prelude)
        status = check_prelude(command->prelude, error);
    if (status == CLEAT_OK && command->pty && port_sys_pty_in_use(command->pty))
        status = port_fail(error, CLEAT_E_BAD_CALL, "the terminal is in use by another process");
    return status < 0 ? status : port_sys_process_start(process, stdio, command, error);
}

/* The name is a peer's. */
cleat_status port_process_signal(port_process *process, const char *name, cleat_error *error)
{
    char shown[PORT_SHOWN_ROOM];
    if (!port_is_name(name, SIGNAL_NAME_MAX))
        return port_fail(error, CLEAT_E_NO_SUCH, "no signal can have the name \"%s\"",
                         port_shown(shown, name));
    return port_sys_process_signal(process, name, error);
}
