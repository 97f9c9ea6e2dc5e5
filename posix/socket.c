/* Options of sockets and pipes that libuv does not cover. */
#include "port_sys.h"

#include "fail.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

cleat_status port_sys_socket_tos(intptr_t socket, int tos, cleat_error *error)
{
    int fd = (int)socket;
    struct sockaddr_storage address = {0};
    socklen_t size = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &size) < 0)
        return port_fail_os(error, errno, "cannot look at a socket");

    int failed = 0;
    if (address.ss_family == AF_INET)
        failed = setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof tos);
    else if (address.ss_family == AF_INET6)
        failed = setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof tos);
    if (failed < 0)
        return port_fail_os(error, errno, "cannot set the type of service to 0x%02x",
                            (unsigned)tos);
    return CLEAT_OK;
}

void port_pipe_widen(int fd)
{
#ifdef F_SETPIPE_SZ
    enum { WIDE = 1 << 20 }; /* the most that Linux gives to everybody */
    int ignored = fcntl(fd, F_SETPIPE_SZ, WIDE);
    (void)ignored;
#else
    (void)fd;
#endif
}
