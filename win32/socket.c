/* Options of sockets and pipes that libuv does not cover. */
#include "port_sys.h"

#include "fail.h"

cleat_status port_sys_socket_tos(intptr_t socket, int tos, cleat_error *error)
{
    (void)socket;
    return port_fail(error, CLEAT_E_UNSUPPORTED,
                     "Windows sets the type of service (0x%02x) by policy, not by program",
                     (unsigned)tos);
}

void port_pipe_widen(int fd)
{
    (void)fd; /* the size is settled when a pipe is made */
}
