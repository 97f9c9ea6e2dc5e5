/* Sockets that are files. */
#include "port_sys.h"

#include "fail.h"
#include "fd.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

/* A path that is cut short would be another socket. */
static cleat_status set_path(struct sockaddr_un *address, const char *path, cleat_error *error)
{
    size_t len = strlen(path);
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (len >= sizeof address->sun_path)
        return port_fail(error, CLEAT_E_LIMIT, "no socket can be at %s: the path is too long",
                         path);
    memcpy(address->sun_path, path, len + 1);
    return CLEAT_OK;
}

static int new_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

cleat_status port_sys_local_connect(int *fd, const char *path, cleat_error *error)
{
    struct sockaddr_un address;
    cleat_status status = set_path(&address, path, error);
    if (status != CLEAT_OK)
        return status;
    int made = new_socket();
    if (made < 0 || connect(made, (const struct sockaddr *)&address, sizeof address) < 0) {
        status = port_fail_os(error, errno, "cannot connect to %s", path);
        port_fd_close(&made);
        return status;
    }
    *fd = made;
    return CLEAT_OK;
}
