/* Paths: the work on them that only needs to know what separates their components. */
#include "check.h"
#include "fail.h"
#include "port_sys.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

cleat_status port_path(char **path, port_place place, cleat_error *error)
{
    *path = NULL;
    if (place < PORT_PLACE_USER_SSH || place > PORT_PLACE_AGENT)
        return port_fail(error, CLEAT_E_BAD_CALL, "there is no place %d", (int)place);
    return port_sys_path(path, place, error);
}

static cleat_status hand_out(char **path, char *made, cleat_error *error)
{
    *path = made;
    return made ? CLEAT_OK : port_fail_memory(error);
}

/* ---- Home folders ---------------------------------------------------------------------------- */

static cleat_status user_named(port_user **user, const char *name, size_t len, cleat_error *error)
{
    if (len == 0)
        return port_user_current(user, error);
    char *alone = port_format("%.*s", (int)len, name);
    cleat_status status = alone ? port_user_lookup(user, alone, error) : port_fail_memory(error);
    port_free(alone);
    return status;
}

cleat_status port_path_expand(char **expanded, const char *path, cleat_error *error)
{
    *expanded = NULL;
    cleat_status status = port_check_path(path, error);
    if (status < 0)
        return status;
    if (path[0] != '~')
        return hand_out(expanded, port_sys_path_mended(path), error);

    const char *name = path + 1, *rest = name;
    while (*rest && !port_sys_is_separator(*rest))
        rest++;
    port_user *user;
    status = user_named(&user, name, (size_t)(rest - name), error);
    if (status < 0)
        return status;
    status = hand_out(expanded, port_format("%s%s", user->home, rest), error);
    port_user_free(user);
    return status;
}

bool port_path_is_absolute(const char *path)
{
    return port_sys_is_absolute(path);
}

/* ---- Joining and matching -------------------------------------------------------------------- */

cleat_status port_path_join(char **joined, const char *directory, const char *name,
                            cleat_error *error)
{
    *joined = NULL;
    cleat_status status = port_check_path(name, error);
    if (status < 0)
        return status;
    if (port_sys_is_absolute(name))
        return hand_out(joined, port_format("%s", name), error);
    status = port_check_path(directory, error);
    if (status < 0)
        return status;
    const char between[] = {port_sys_separator, '\0'};
    bool is_ended = port_sys_is_separator(directory[strlen(directory) - 1]);
    return hand_out(joined, port_format("%s%s%s", directory, is_ended ? "" : between, name), error);
}

cleat_status port_path_glob(char ***paths, const char *pattern, cleat_error *error)
{
    *paths = NULL;
    cleat_status status = port_check_path(pattern, error);
    return status < 0 ? status : port_sys_path_glob(paths, pattern, error);
}

/* ---- Shells ---------------------------------------------------------------------------------- */

cleat_status port_shell_args(char ***args, const char *command, bool replace, cleat_error *error)
{
    *args = NULL;
    if (!command || !*command)
        return port_fail(error, CLEAT_E_BAD_CALL, "there is no command for the shell");
    return port_sys_shell_args(args, command, replace, error);
}
