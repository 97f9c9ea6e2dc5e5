/* Sockets that are files: what Windows has of them cannot be used as libuv's streams are. */
#include "port_sys.h"

#include "fail.h"

static const char none[] = "there is no forwarding of sockets on Windows";

bool port_local_path_fits(const char *path)
{
    (void)path; /* pipes' names are not cut */
    return true;
}

cleat_status port_sys_local_connect(int *fd, const char *path, cleat_error *error)
{
    (void)fd, (void)path;
    return port_fail(error, CLEAT_E_UNSUPPORTED, "%s", none);
}

cleat_status port_sys_local_bind(int *fd, const char *path, unsigned mask, bool replace,
                                 cleat_error *error)
{
    (void)fd, (void)path, (void)mask, (void)replace;
    return port_fail(error, CLEAT_E_UNSUPPORTED, "%s", none);
}
