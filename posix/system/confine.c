/* The network process's cage: another user, an empty root, limits, no files, and few system calls.
 */
#include "parts.h"

#include "fail.h"
#include "text.h"
#include "sandbox.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static const char directory_name[] = "/run/cleatd";

cleat_status port_confine_directory(char **path, cleat_error *error)
{
    *path = port_format("%s/empty", directory_name);
    if (!*path)
        return port_fail_memory(error);
    bool made = mkdir(directory_name, 0755) == 0 || errno == EEXIST;
    made = made && (mkdir(*path, 0755) == 0 || errno == EEXIST);
    if (made)
        return CLEAT_OK;
    int failure = errno;
    port_free(*path);
    *path = NULL;
    return port_fail_os(error, failure, "cannot make %s/empty", directory_name);
}

/* Whoever could put something into the directory could be what the process finds there. */
static cleat_status check(const char *directory, cleat_error *error)
{
    struct stat st;
    if (lstat(directory, &st) < 0)
        return port_fail_os(error, errno, "cannot use %s", directory);
    if (S_ISDIR(st.st_mode) && st.st_uid == 0 && !(st.st_mode & (S_IWGRP | S_IWOTH)))
        return CLEAT_OK;
    return port_fail(error, CLEAT_E_PERMISSION,
                     "%s must be a directory of root's that nobody else may write to "
                     "(chown root: %s; chmod 755 %s)",
                     directory, directory, directory);
}

static void limit(__rlimit_resource_t what, rlim_t most)
{
    const struct rlimit l = {most, most};
    setrlimit(what, &l);
}

/* It has its descriptors already, or gets them with messages. */
static void set_limits(void)
{
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_NPROC, 0);
    limit(RLIMIT_CORE, 0);
}

static cleat_status drop_rights(const struct passwd *account, cleat_error *error)
{
    uid_t uid = account->pw_uid;
    gid_t gid = account->pw_gid;
    if (setgroups(1, &gid) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
        return port_fail_os(error, errno, "cannot become %s", account->pw_name);
    if (setuid(0) == 0 || setgid(0) == 0)
        return port_fail(error, CLEAT_E_PERMISSION, "%s could become root again", account->pw_name);
    return CLEAT_OK;
}

cleat_status port_confine_network(const char *account, const char *directory, cleat_error *error)
{
    struct passwd store, *entry = NULL;
    char block[16384];
    cleat_status st = check(directory, error);
    if (st != CLEAT_OK)
        return st;
    if (getpwnam_r(account, &store, block, sizeof block, &entry) != 0 || !entry ||
        entry->pw_uid == 0)
        return port_fail(error, CLEAT_E_NO_SUCH,
                         "there is no user %s for the network processes (adduser --system "
                         "--group --no-create-home %s)",
                         account, account);
    if (chroot(directory) < 0 || chdir("/") < 0)
        return port_fail_os(error, errno, "cannot make %s the root", directory);
    set_limits();
    st = drop_rights(entry, error);
    if (st == CLEAT_OK)
        st = landlock_enter(error);
    return st == CLEAT_OK ? sandbox_enter(error) : st;
}
