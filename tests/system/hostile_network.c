/* A network process that an attacker has taken over: what the client sends goes to the monitor as
 * it is, or to the session process, and the other way round. On the client's connection each
 * message has its length in front of it, in four bytes, with FOR_SESSION in it if it is for the
 * session process; from the others, a byte with the number of attached descriptors comes first. Two
 * lengths are orders: the process hangs up on another, and lives on. Linked into cleatd in the
 * place of daemon/network.c. */
#include "../../daemon/network.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    MESSAGE_MAX = 256 << 10,
    FOR_SESSION = 1 << 30,
    HANG_UP = INT_MAX,
    HANG_UP_LISTENER = INT_MAX - 1
};

static uint8_t space[MESSAGE_MAX];
static int to_listener = -1; /* a worker's */
static int to_session = -1;  /* once the user is logged in */

static void move(int fd, uint8_t *at, size_t len, bool in)
{
    while (len) {
        ssize_t n = in ? read(fd, at, len) : write(fd, at, len);
        struct pollfd ready = {.fd = fd, .events = in ? POLLIN : POLLOUT};
        if (n < 0 && errno == EAGAIN) {
            poll(&ready, 1, -1);
            continue;
        }
        if (n <= 0)
            port_part_exit(0);
        at += n;
        len -= (size_t)n;
    }
}

static void pass_on(int to, cleat_slice message)
{
    cleat_status st = port_message_send(to, message, NULL, NULL);
    while (st == CLEAT_PENDING) {
        struct pollfd ready = {.fd = to, .events = POLLOUT};
        poll(&ready, 1, -1);
        st = port_message_send(to, message, NULL, NULL);
    }
    if (st != CLEAT_OK)
        port_part_exit(0);
}

static void from_client(int client, int monitor)
{
    uint8_t head[4];
    move(client, head, sizeof head, true);
    size_t len = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
    if (len == HANG_UP || len == HANG_UP_LISTENER) {
        shutdown(len == HANG_UP ? monitor : to_listener, SHUT_WR);
        return;
    }
    const int to = len & FOR_SESSION ? to_session : monitor;
    len &= ~(size_t)FOR_SESSION;
    if (len > sizeof space || to < 0)
        port_part_exit(0);
    move(client, space, len, true);
    pass_on(to, (cleat_slice){space, len});
}

/* The first descriptor that the monitor attaches leads to the session process. */
static void to_client(int client, int from)
{
    size_t len;
    port_attached attached;
    cleat_status st = port_message_receive(from, space, sizeof space, &len, &attached, NULL);
    if (st == CLEAT_PENDING)
        return;
    if (st != CLEAT_OK)
        port_part_exit(0);
    uint8_t head[] = {(uint8_t)attached.count, (uint8_t)(len >> 24), (uint8_t)(len >> 16),
                      (uint8_t)(len >> 8), (uint8_t)len};
    move(client, head, sizeof head, false);
    move(client, space, len, false);
    if (to_session < 0 && attached.count) {
        to_session = attached.fds[0];
        attached.fds[0] = -1;
    }
    port_attached_close(&attached);
}

_Noreturn void network_main(connection *c, int socket, int monitor)
{
    struct pollfd all[] = {{.fd = socket, .events = POLLIN},
                           {.fd = monitor, .events = POLLIN},
                           {.fd = -1, .events = POLLIN}};
    (void)c;
    for (;;) {
        all[2].fd = to_session;
        if (poll(all, 3, -1) < 0)
            port_part_exit(1);
        if (all[1].revents)
            to_client(socket, monitor);
        if (all[2].revents)
            to_client(socket, to_session);
        if (all[0].revents)
            from_client(socket, monitor);
    }
}

/* A worker that has been taken over: of each client it does the same, in a process of its own here.
 */
_Noreturn void network_worker_main(server *s, int listener)
{
    (void)s;
    port_part_name("cleatd-worker", NULL);
    port_part_keep_only(&listener, 1);
    to_listener = listener;
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        size_t len;
        port_attached attached;
        struct pollfd ready = {.fd = listener, .events = POLLIN};
        poll(&ready, 1, -1);
        cleat_status st =
            port_message_receive(listener, space, sizeof space, &len, &attached, NULL);
        if (st == CLEAT_E_CLOSED)
            port_part_exit(0);
        if (st == CLEAT_OK && attached.count == 2 &&
            syscall(SYS_fork) == 0) /* libuv minds fork() */
            network_main(NULL, attached.fds[0], attached.fds[1]);
        port_attached_close(&attached);
    }
}
