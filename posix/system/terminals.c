/* Terminals for a process that is shut in where there is no /dev: another one, which is not, opens
 * them. It is asked by an empty word and answers with both sides, or with nothing attached. */
#include "parts.h"

#include "fail.h"
#include "../fd.h"
#include "../pty.h"

#include <errno.h>
#include <poll.h>

enum { ANSWER_MS = 10000 };

static const uint8_t word[] = {0};

/* False: nobody will say anything more. */
static bool wait_for_message(int fd, int ms)
{
    struct pollfd one = {.fd = fd, .events = POLLIN};
    int ready;
    do
        ready = poll(&one, 1, ms);
    while (ready < 0 && errno == EINTR);
    return ready > 0;
}

static bool receive(int fd, port_attached *attached, int ms)
{
    uint8_t space[sizeof word];
    size_t len;
    return wait_for_message(fd, ms) &&
           port_message_receive(fd, space, sizeof space, &len, attached, NULL) == CLEAT_OK;
}

static void give_one(int fd)
{
    port_pty *pty = NULL;
    port_attached sides = {.fds = {-1, -1, -1}};
    const cleat_winsize size = {.columns = 80, .rows = 24};
    if (port_pty_open(&pty, &size, (cleat_slice){0}, NULL) == CLEAT_OK)
        sides = (port_attached){.fds = {port_pty_master(pty), port_pty_slave(pty), -1}, .count = 2};
    if (port_message_send(fd, (cleat_slice){word, sizeof word}, &sides, NULL) != CLEAT_OK)
        port_part_exit(1);
    port_pty_close(pty);
}

_Noreturn static void serve(int fd, const port_user *user)
{
    port_attached attached;
    port_part_name("cleatd-pty", NULL);
    port_part_keep_only(&fd, 1);
    if (port_part_quiet(false, NULL) != CLEAT_OK || port_user_become(user, NULL, NULL) != CLEAT_OK)
        port_part_exit(1);
    while (receive(fd, &attached, -1)) {
        port_attached_close(&attached);
        give_one(fd);
    }
    port_part_exit(0);
}

cleat_status port_terminals_start(int *helper, const port_user *user, cleat_error *error)
{
    int pair[2];
    int64_t part = -1;
    *helper = -1;
    cleat_status st = port_message_pair(pair, error);
    if (st != CLEAT_OK)
        return st;
    st = port_part_split(&part, error);
    if (part == 0)
        serve(pair[1], user);
    port_fd_close(&pair[1]);
    if (st == CLEAT_OK)
        *helper = pair[0];
    else
        port_fd_close(&pair[0]);
    return st;
}

cleat_status port_terminals_open(port_pty **pty, int helper, const cleat_winsize *size,
                                 cleat_slice modes, cleat_error *error)
{
    port_attached sides = {.fds = {-1, -1, -1}};
    *pty = NULL;
    cleat_status st = port_message_send(helper, (cleat_slice){word, sizeof word}, NULL, error);
    if (st != CLEAT_OK)
        return st;
    if (!receive(helper, &sides, ANSWER_MS) || sides.count != 2) {
        port_attached_close(&sides);
        return port_fail(error, CLEAT_E_IO, "cannot get a pseudo-terminal");
    }
    return port_pty_adopt(pty, sides.fds, size, modes, error);
}
