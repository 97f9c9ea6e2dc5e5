/* Landlock, where the kernel has it: no file and no TCP port, whatever becomes of the filter of
 * system calls. What is open already stays so. */
#include "sandbox.h"

#include "fail.h"

#include <errno.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's structure as it is today; older kernels know a shorter one, and so do older headers.
 */
typedef struct rights {
    uint64_t files, ports, scopes;
} rights;

enum { FILES_FIRST = 13 }; /* kinds of access to files in the first version */

static size_t rights_of(int version, rights *r)
{
    int kinds = FILES_FIRST + (version >= 2) + (version >= 3) + (version >= 5);
    *r = (rights){.files = (1ULL << kinds) - 1,
                  .ports = version >= 4 ? 3 : 0,   /* to bind, to connect */
                  .scopes = version >= 6 ? 3 : 0}; /* abstract sockets, signals */
    if (version >= 6)
        return sizeof *r;
    return version >= 4 ? 2 * sizeof(uint64_t) : sizeof(uint64_t);
}

int landlock_version(void)
{
    long version =
        syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, LANDLOCK_CREATE_RULESET_VERSION);
    return version > 0 ? (int)version : 0;
}

/* A set of rules that handles all and allows nothing. */
cleat_status landlock_enter(cleat_error *error)
{
    rights all;
    int version = landlock_version();
    if (version == 0)
        return CLEAT_OK;
    size_t size = rights_of(version, &all);
    int set = (int)syscall(SYS_landlock_create_ruleset, &all, size, 0U);
    bool done = set >= 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
                syscall(SYS_landlock_restrict_self, set, 0U) == 0;
    int failure = errno;
    if (set >= 0)
        close(set);
    return done ? CLEAT_OK : port_fail_os(error, failure, "cannot use Landlock");
}
