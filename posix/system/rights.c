/* Whose rights this process has. */
#include "parts.h"

#include "fail.h"
#include "root.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

bool port_is_privileged(void)
{
    return geteuid() == 0;
}

static bool numbers_of(const port_user *user, uid_t *uid, gid_t *gid)
{
    struct passwd store, *entry = NULL;
    char block[16384];
    if (getpwnam_r(user->name, &store, block, sizeof block, &entry) != 0 || !entry)
        return false;
    *uid = entry->pw_uid;
    *gid = entry->pw_gid;
    return true;
}

static cleat_status act_as_self(cleat_error *error)
{
    if (seteuid(getuid()) == 0 && setegid(getgid()) == 0 && setgroups(0, NULL) == 0)
        return CLEAT_OK;
    return port_fail_os(error, errno, "cannot be myself again");
}

cleat_status port_user_act_as(const port_user *user, cleat_error *error)
{
    uid_t uid;
    gid_t gid;
    if (!user)
        return act_as_self(error);
    if (!numbers_of(user, &uid, &gid))
        return port_fail(error, CLEAT_E_NO_SUCH, "there is no user %s", user->name);
    if (initgroups(user->name, gid) == 0 && setegid(gid) == 0 && seteuid(uid) == 0)
        return CLEAT_OK;
    return port_fail_os(error, errno, "cannot act as %s", user->name);
}

/* The accounts' files are asked before the root changes. That there is no way back is looked at,
 * not believed. */
cleat_status port_user_become(const port_user *user, const char *root, cleat_error *error)
{
    uid_t uid;
    gid_t gid;
    if (!numbers_of(user, &uid, &gid))
        return port_fail(error, CLEAT_E_NO_SUCH, "there is no user %s", user->name);
    if (initgroups(user->name, gid) < 0)
        return port_fail_os(error, errno, "cannot take the groups of %s", user->name);
    cleat_status st = root ? port_root_enter(root, error) : CLEAT_OK;
    if (st != CLEAT_OK)
        return st;
    if (setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
        return port_fail_os(error, errno, "cannot become %s", user->name);
    if (uid != 0 && (setuid(0) == 0 || seteuid(0) == 0))
        return port_fail(error, CLEAT_E_PERMISSION, "%s could become root again", user->name);
    return CLEAT_OK;
}
