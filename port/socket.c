/* Sockets. */
#include "check.h"
#include "fail.h"
#include "port_sys.h"

cleat_status port_socket_tos(intptr_t socket, int tos, cleat_error *error)
{
    if (tos < 0 || tos > 0xFF)
        return port_fail(error, CLEAT_E_BAD_CALL, "a type of service is one byte, not %d", tos);
    return port_sys_socket_tos(socket, tos, error);
}

static cleat_status check_socket(const char *path, cleat_error *error)
{
    cleat_status status = port_check_path(path, error);
    if (status == CLEAT_OK && !port_path_is_absolute(path))
        return port_fail(error, CLEAT_E_BAD_CALL, "the path of a socket has to be absolute");
    return status;
}

cleat_status port_local_connect(int *fd, const char *path, cleat_error *error)
{
    *fd = -1;
    cleat_status status = check_socket(path, error);
    return status < 0 ? status : port_sys_local_connect(fd, path, error);
}

cleat_status port_local_bind(int *fd, const char *path, unsigned mask, bool replace,
                             cleat_error *error)
{
    *fd = -1;
    cleat_status status = check_socket(path, error);
    if (status == CLEAT_OK && mask > 0777)
        return port_fail(error, CLEAT_E_BAD_CALL, "0%o is no mask of permissions", mask);
    return status < 0 ? status : port_sys_local_bind(fd, path, mask, replace, error);
}
