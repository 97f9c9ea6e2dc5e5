/* Shutting a process in. Whoever could change a directory on the way to the new root could put
 * another in its place, with a set-user-ID program in it and a password file of his own. So every
 * component is looked at, and what has been looked at is what is gone through: a rename in between
 * changes nothing. */
#include "root.h"

#include "fail.h"
#include "../fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OTHERS_WRITE = 022, MODE_BITS = 07777 };

/* `len` bytes of the path lead to it. */
static cleat_status check(int fd, const char *path, size_t len, cleat_error *error)
{
    struct stat facts;
    int shown = len ? (int)len : 1;
    if (fstat(fd, &facts) < 0)
        return port_fail_os(error, errno, "cannot look at %.*s", shown, path);
    if (facts.st_uid != 0)
        return port_fail(error, CLEAT_E_PERMISSION,
                         "%.*s, on the way to the directory that sessions are shut in, belongs to "
                         "uid %lu; mend it with: chown root '%.*s'",
                         shown, path, (unsigned long)facts.st_uid, shown, path);
    if (facts.st_mode & OTHERS_WRITE)
        return port_fail(error, CLEAT_E_PERMISSION,
                         "%.*s, on the way to the directory that sessions are shut in, has mode "
                         "%04o, so others than root can write to it; mend it with: chmod go-w "
                         "'%.*s'",
                         shown, path, (unsigned)facts.st_mode & MODE_BITS, shown, path);
    return CLEAT_OK;
}

/* Goes one component further. The path has no symbolic links, so one that is there now is new. */
static cleat_status go_on(int *at, const char *path, const char *name, size_t len,
                          cleat_error *error)
{
    char *part = strndup(name, len);
    int next = part ? openat(*at, part, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
    int failure = errno;
    free(part);
    port_fd_close(at);
    *at = next;
    size_t upto = (size_t)(name - path) + len;
    if (next < 0)
        return port_fail_os(error, failure, "cannot enter %.*s", (int)upto, path);
    return check(next, path, upto, error);
}

static cleat_status walk(int *at, const char *path, cleat_error *error)
{
    *at = port_fd_open("/", O_PATH | O_DIRECTORY);
    if (*at < 0)
        return port_fail_os(error, errno, "cannot open /");
    cleat_status st = check(*at, path, 0, error);
    for (const char *name = path + 1; st == CLEAT_OK && *name;) {
        size_t len = strcspn(name, "/");
        st = go_on(at, path, name, len, error);
        name += len + (name[len] == '/');
    }
    return st;
}

cleat_status port_root_enter(const char *path, cleat_error *error)
{
    int at = -1;
    char *real = realpath(path, NULL);
    if (!real)
        return port_fail_os(error, errno, "cannot shut the session in at %s", path);
    cleat_status st = walk(&at, real, error);
    if (st == CLEAT_OK && (fchdir(at) < 0 || chroot(".") < 0))
        st = port_fail_os(error, errno, "cannot shut the session in at %s", real);
    port_fd_close(&at);
    free(real);
    return st;
}
