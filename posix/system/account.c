/* What the system's own record of an account (shadow) says about it, for logins that PAM does not
 * judge. */
#include "parts.h"

#include "fail.h"

#include <errno.h>
#include <shadow.h>
#include <stdlib.h>
#include <time.h>

enum { ENTRY_MAX = 1 << 20, DAY = 24 * 60 * 60, LOCKED = '!' };

/* Like the calls of <pwd.h>: returns an errno value, and *entry is NULL when there is none. */
static int fetch(const char *name, struct spwd *store, struct spwd **entry, char **block)
{
    *block = NULL;
    for (size_t size = 1024; size <= ENTRY_MAX; size *= 2) {
        free(*block);
        *block = malloc(size);
        if (!*block)
            return ENOMEM;
        int failure = getspnam_r(name, store, *block, size, entry);
        if (failure != ERANGE && failure != EINTR)
            return failure;
    }
    return ERANGE;
}

/* -1 is what an empty field reads as. The day itself is one too late, as for pam_unix. */
static bool has_expired(const struct spwd *entry)
{
    return entry->sp_expire != -1 && time(NULL) / DAY >= entry->sp_expire;
}

static cleat_status judge(const struct spwd *entry, cleat_error *error)
{
    if (entry->sp_pwdp && entry->sp_pwdp[0] == LOCKED)
        return port_fail(
            error, CLEAT_E_PERMISSION,
            "the account is locked (its password begins with \"!\"), and UsePAM is no");
    if (has_expired(entry))
        return port_fail(error, CLEAT_E_PERMISSION, "the account has expired");
    return CLEAT_OK;
}

cleat_status port_account_check(const char *user, cleat_error *error)
{
    struct spwd store;
    struct spwd *entry = NULL;
    char *block;
    int failure = fetch(user, &store, &entry, &block);
    cleat_status st = CLEAT_OK;
    if (entry)
        st = judge(entry, error);
    else if (failure && failure != ENOENT)
        st = port_fail_os(error, failure, "the account's record cannot be read");
    free(block);
    return st;
}
