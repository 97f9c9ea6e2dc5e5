/* Where things are. */
#include "port_sys.h"

#include "fail.h"
#include "text.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

static cleat_status hand_out(char **path, char *made, cleat_error *error)
{
    *path = made;
    return made ? CLEAT_OK : port_fail_memory(error);
}

/* ---- Places ---------------------------------------------------------------------------------- */

static cleat_status below_home(char **path, const char *name, cleat_error *error)
{
    port_user *me;
    cleat_status status = port_user_current(&me, error);
    if (status < 0)
        return status;
    status = hand_out(path, port_format("%s/%s", me->home, name), error);
    port_user_free(me);
    return status;
}

/* The XDG rules: a relative value is to be ignored. */
static cleat_status state_place(char **path, cleat_error *error)
{
    const char *state = getenv("XDG_STATE_HOME");
    if (state && *state == '/')
        return hand_out(path, port_format("%s/cleat", state), error);
    return below_home(path, ".local/state/cleat", error);
}

static cleat_status agent_place(char **path, cleat_error *error)
{
    const char *endpoint = getenv("SSH_AUTH_SOCK");
    if (!endpoint || !*endpoint)
        return port_fail(error, CLEAT_E_NO_SUCH, "SSH_AUTH_SOCK is not set");
    return hand_out(path, port_format("%s", endpoint), error);
}

cleat_status port_sys_path(char **path, port_place place, cleat_error *error)
{
    switch (place) {
    case PORT_PLACE_USER_SSH:
        return below_home(path, ".ssh", error);
    case PORT_PLACE_SYSTEM_SSH:
        return hand_out(path, port_format("/etc/ssh"), error);
    case PORT_PLACE_SYSTEM:
        return hand_out(path, port_format("/etc/cleat"), error);
    case PORT_PLACE_STATE:
        return state_place(path, error);
    case PORT_PLACE_AGENT:
        break;
    }
    return agent_place(path, error);
}

/* ---- Work on paths --------------------------------------------------------------------------- */

const char port_sys_separator = '/';

bool port_sys_is_separator(char c)
{
    return c == '/';
}

bool port_sys_is_absolute(const char *path)
{
    return path[0] == '/';
}

char *port_sys_path_mended(const char *path)
{
    return port_format("%s", path);
}

/* Unreadable directories match nothing, as in a shell. */
cleat_status port_sys_path_glob(char ***paths, const char *pattern, cleat_error *error)
{
    glob_t found = {0};
    int failure = glob(pattern, 0, NULL, &found);
    if (failure == GLOB_NOSPACE)
        return port_fail_memory(error);
    if (failure != 0 && failure != GLOB_NOMATCH)
        return port_fail(error, CLEAT_E_IO, "cannot expand %s", pattern);
    size_t count = failure == 0 ? found.gl_pathc : 0;
    *paths = port_list((const char *const *)found.gl_pathv, count);
    globfree(&found);
    return *paths ? CLEAT_OK : port_fail_memory(error);
}

bool port_name_is_plain(const char *name)
{
    return *name && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && !strchr(name, '/');
}
