/* Whose rights this process has. */
#include "parts.h"

#include "fail.h"
#include "root.h"
#include "../user.h"

#include <errno.h>
#include <grp.h>
#include <unistd.h>

bool port_is_privileged(void)
{
    return geteuid() == 0;
}

static cleat_status act_as_self(cleat_error *error)
{
    if (seteuid(getuid()) == 0 && setegid(getgid()) == 0 && setgroups(0, NULL) == 0)
        return CLEAT_OK;
    return port_fail_os(error, errno, "cannot be myself again");
}

cleat_status port_user_act_as(const port_user *user, cleat_error *error)
{
    if (!user)
        return act_as_self(error);
    const user_numbers *n = user_numbers_of(user->name);
    if (!n)
        return port_fail(error, CLEAT_E_NO_SUCH, "there is no user %s", user->name);
    if (setgroups(n->count, n->groups) == 0 && setegid(n->gid) == 0 && seteuid(n->uid) == 0)
        return CLEAT_OK;
    return port_fail_os(error, errno, "cannot act as %s", user->name);
}

/* The accounts' files are asked before the root changes. That there is no way back is looked at,
 * not believed. */
cleat_status port_user_become(const port_user *user, const char *root, cleat_error *error)
{
    const user_numbers *n = user_numbers_of(user->name);
    if (!n)
        return port_fail(error, CLEAT_E_NO_SUCH, "there is no user %s", user->name);
    if (setgroups(n->count, n->groups) < 0)
        return port_fail_os(error, errno, "cannot take the groups of %s", user->name);
    cleat_status st = root ? port_root_enter(root, error) : CLEAT_OK;
    if (st != CLEAT_OK)
        return st;
    if (setresgid(n->gid, n->gid, n->gid) < 0 || setresuid(n->uid, n->uid, n->uid) < 0)
        return port_fail_os(error, errno, "cannot become %s", user->name);
    if (n->uid != 0 && (setuid(0) == 0 || seteuid(0) == 0))
        return port_fail(error, CLEAT_E_PERMISSION, "%s could become root again", user->name);
    return CLEAT_OK;
}
