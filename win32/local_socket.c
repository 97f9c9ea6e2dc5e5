/* Sockets that are files: what Windows has of them cannot be used as libuv's streams are. */
#include "port_sys.h"

#include "fail.h"

cleat_status port_sys_local_connect(int *fd, const char *path, cleat_error *error)
{
    (void)fd, (void)path;
    return port_fail(error, CLEAT_E_UNSUPPORTED, "there is no forwarding of sockets on Windows");
}
