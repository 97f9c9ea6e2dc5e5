/* Options of sockets. */
#include "fail.h"
#include "port_sys.h"

cleat_status port_socket_tos(intptr_t socket, int tos, cleat_error *error)
{
    if (tos < 0 || tos > 0xFF)
        return port_fail(error, CLEAT_E_BAD_CALL, "a type of service is one byte, not %d", tos);
    return port_sys_socket_tos(socket, tos, error);
}
