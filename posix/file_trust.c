/* Owner and mode rules for configuration, authorized_keys and private keys. Someone who can write
 * to such a file, or to a directory above it, can log in as its owner. */
#include "file_trust.h"

#include "fail.h"
#include "text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROOT_UID = 0, OTHERS_WRITE = 022, OTHERS_ANY = 077, MODE_BITS = 07777 };

static cleat_status check_writers(const struct stat *facts, const char *path, uid_t me,
                                  cleat_error *error)
{
    if (facts->st_uid != ROOT_UID && facts->st_uid != me)
        return port_fail(error, CLEAT_E_PERMISSION,
                         "%s belongs to uid %lu, neither to you nor to root; mend it with: "
                         "chown %lu '%s'",
                         path, (unsigned long)facts->st_uid, (unsigned long)me, path);
    if (facts->st_mode & OTHERS_WRITE)
        return port_fail(error, CLEAT_E_PERMISSION,
                         "%s has mode %04o, so others can write to it; mend it with: "
                         "chmod go-w '%s'",
                         path, (unsigned)facts->st_mode & MODE_BITS, path);
    return CLEAT_OK;
}

/* A private key of someone else that we may read is that person's business: a host key in a test,
 * a group's deploy key. Our own must be ours alone. */
static cleat_status check_readers(const struct stat *facts, const char *path, uid_t me,
                                  cleat_error *error)
{
    if (facts->st_uid != me || !(facts->st_mode & OTHERS_ANY))
        return CLEAT_OK;
    return port_fail(error, CLEAT_E_PERMISSION,
                     "Permissions %04o for '%s' are too open: a private key must not be "
                     "accessible by others; mend it with: chmod 600 '%s'",
                     (unsigned)facts->st_mode & MODE_BITS, path, path);
}

cleat_status port_trust_check(const struct stat *facts, const char *path, uid_t me,
                              port_trust trust, cleat_error *error)
{
    switch (trust) {
    case PORT_TRUST_CONFIG:
    case PORT_TRUST_STRICT:
        return check_writers(facts, path, me, error);
    case PORT_TRUST_SECRET:
        return check_readers(facts, path, me, error);
    default:
        return CLEAT_OK;
    }
}

/* Cuts the last component off. False at the root. */
static bool go_up(char *path)
{
    char *slash = strrchr(path, '/');
    if (!slash || (slash == path && path[1] == '\0'))
        return false;
    slash[slash == path] = '\0';
    return true;
}

static cleat_status check_upwards(char *path, const char *home, cleat_error *error)
{
    while (go_up(path)) {
        struct stat facts;
        if (stat(path, &facts) < 0)
            return port_fail_os(error, errno, "cannot look at %s", path);
        cleat_status status = check_writers(&facts, path, geteuid(), error);
        if (status < 0)
            return status;
        if (home && strcmp(path, home) == 0)
            break;
    }
    return CLEAT_OK;
}

cleat_status port_trust_check_parents(const char *path, const char *home, cleat_error *error)
{
    char *at = port_format("%s", path);
    char *real_home = home ? realpath(home, NULL) : NULL;
    cleat_status status = at ? check_upwards(at, real_home, error) : port_fail_memory(error);
    free(real_home);
    free(at);
    return status;
}
