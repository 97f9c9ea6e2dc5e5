/* Messages with descriptors: a pair of SOCK_SEQPACKET sockets. */
#include "parts.h"

#include "fail.h"
#include "../fd.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Room for a few of the longest messages, so that a short stop of the reader blocks nobody. */
enum { ROOM = 1 << 20 };

cleat_status port_message_pair(int pair[2], cleat_error *error)
{
    int room = ROOM;
    pair[0] = pair[1] = -1;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
        return port_fail_os(error, errno, "cannot make a pair of sockets");
    for (int i = 0; i < 2; i++)
        setsockopt(pair[i], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    return CLEAT_OK;
}

typedef union control {
    char space[CMSG_SPACE(PORT_ATTACHED_MAX * sizeof(int))];
    struct cmsghdr aligned;
} control;

static void attach(struct msghdr *m, control *c, const port_attached *attached)
{
    if (!attached || !attached->count)
        return;
    size_t len = attached->count * sizeof(int);
    memset(c, 0, sizeof *c);
    m->msg_control = c->space;
    m->msg_controllen = CMSG_SPACE(len);
    struct cmsghdr *head = CMSG_FIRSTHDR(m);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(len);
    memcpy(CMSG_DATA(head), attached->fds, len);
}

static cleat_status outcome(int failure, const char *what, cleat_error *error)
{
    if (failure == EAGAIN || failure == EWOULDBLOCK || failure == ENOBUFS)
        return CLEAT_PENDING;
    if (failure == EPIPE || failure == ECONNRESET)
        return port_fail(error, CLEAT_E_CLOSED, "the other process has gone");
    return port_fail_os(error, failure, "cannot %s a message", what);
}

cleat_status port_message_send(int fd, cleat_slice bytes, const port_attached *attached,
                               cleat_error *error)
{
    union {
        const uint8_t *given;
        void *wanted; /* sendmsg does not write to it */
    } at = {.given = bytes.data};
    struct iovec part = {.iov_base = at.wanted, .iov_len = bytes.len};
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
    control c;
    ssize_t n;
    attach(&m, &c, attached);
    do
        n = sendmsg(fd, &m, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n < 0 ? outcome(errno, "send", error) : CLEAT_OK;
}

void port_message_shut(int fd)
{
    shutdown(fd, SHUT_RDWR);
}

void port_message_await_room(int fd)
{
    struct pollfd one = {.fd = fd, .events = POLLOUT};
    while (poll(&one, 1, -1) < 0 && errno == EINTR)
        ;
}

static void take_attached(struct msghdr *m, port_attached *attached)
{
    for (struct cmsghdr *head = CMSG_FIRSTHDR(m); head; head = CMSG_NXTHDR(m, head)) {
        if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count && attached->count < PORT_ATTACHED_MAX; i++) {
            memcpy(&attached->fds[attached->count], CMSG_DATA(head) + i * sizeof(int), sizeof(int));
            attached->count++;
        }
    }
}

cleat_status port_message_receive(int fd, uint8_t *space, size_t room, size_t *len,
                                  port_attached *attached, cleat_error *error)
{
    control c;
    struct iovec part = {.iov_base = space, .iov_len = room};
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = c.space,
                       /* not CMSG_SPACE, which may have room for one more */
                       .msg_controllen = CMSG_LEN(PORT_ATTACHED_MAX * sizeof(int))};
    ssize_t n;
    *len = 0;
    *attached = (port_attached){.fds = {-1, -1, -1}};
    do
        n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return outcome(errno, "receive", error);
    take_attached(&m, attached);
    if (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
        port_attached_close(attached);
    if (m.msg_flags & MSG_TRUNC)
        return port_fail(error, CLEAT_E_LIMIT, "a message of another process is too long");
    *len = (size_t)n;
    return n == 0 ? port_fail(error, CLEAT_E_CLOSED, "the other process has gone") : CLEAT_OK;
}

cleat_status port_message_peek(int fd, uint8_t *first)
{
    ssize_t n;
    do
        n = recv(fd, first, 1, MSG_PEEK);
    while (n < 0 && errno == EINTR);
    if (n > 0)
        return CLEAT_OK;
    return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? CLEAT_PENDING : CLEAT_E_CLOSED;
}

int port_socket_dup(intptr_t socket)
{
    return port_fd_dup((int)socket);
}

void port_attached_close(port_attached *attached)
{
    for (size_t i = 0; i < attached->count; i++)
        port_fd_close(&attached->fds[i]);
    attached->count = 0;
}
