/* Accounts: what no platform has to be asked for. */
#include "check.h"
#include "fail.h"
#include "port_sys.h"

#include <stdlib.h>

enum { USER_NAME_MAX = 256 };

/* The name may be a peer's. */
cleat_status port_user_lookup(port_user **user, const char *name, cleat_error *error)
{
    char shown[PORT_SHOWN_ROOM];
    *user = NULL;
    if (!port_is_name(name, USER_NAME_MAX))
        return port_fail(error, CLEAT_E_NO_SUCH, "no user can have the name \"%s\"",
                         port_shown(shown, name));
    return port_sys_user_lookup(user, name, error);
}

void port_user_free(port_user *user)
{
    if (!user)
        return;
    free(user->name);
    free(user->id);
    free(user->group);
    free(user->home);
    free(user->shell);
    free(user->shell_option);
    free(user);
}
