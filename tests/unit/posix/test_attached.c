/* Descriptors that come with messages: none is left open that nobody knows of, and a process that
 * has as many as it may is told the rest. */
#include "parts.h"

#include <CUnit/CUnit.h>
#include <dirent.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MORE_MAX = 8 };

static const uint8_t word[] = {'x'};

/* As whoever has taken a process over may: with more than port_message_send takes. */
static void send_many(int fd, size_t count)
{
    union {
        char space[CMSG_SPACE(MORE_MAX * sizeof(int))];
        struct cmsghdr aligned;
    } control;
    uint8_t byte = word[0];
    struct iovec part = {.iov_base = &byte, .iov_len = 1};
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = control.space,
                       .msg_controllen = CMSG_SPACE(count * sizeof(int))};
    memset(&control, 0, sizeof control);
    struct cmsghdr *head = CMSG_FIRSTHDR(&m);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(count * sizeof(int));
    for (size_t i = 0; i < count; i++)
        memcpy(CMSG_DATA(head) + i * sizeof(int), &fd, sizeof fd);
    CU_ASSERT_EQUAL(sendmsg(fd, &m, 0), 1);
}

static size_t open_descriptors(void)
{
    size_t count = 0;
    DIR *all = opendir("/proc/self/fd");
    CU_ASSERT_FATAL(all != NULL);
    while (readdir(all))
        count++;
    closedir(all);
    return count;
}

/* How many are attached to a message that had that many. */
static size_t received(const int pair[2], size_t sent)
{
    uint8_t space[8];
    size_t len;
    port_attached attached;
    size_t before = open_descriptors();
    send_many(pair[0], sent);
    CU_ASSERT_EQUAL(port_message_receive(pair[1], space, sizeof space, &len, &attached, NULL),
                    CLEAT_OK);
    CU_ASSERT_EQUAL(len, sizeof word);
    size_t count = attached.count;
    CU_ASSERT_EQUAL(open_descriptors(), before + count);
    port_attached_close(&attached);
    return count;
}

static void test_numbers(void)
{
    int pair[2];
    CU_ASSERT_EQUAL_FATAL(port_message_pair(pair, NULL), CLEAT_OK);
    for (size_t sent = 1; sent <= PORT_ATTACHED_MAX; sent++)
        CU_ASSERT_EQUAL(received(pair, sent), sent);
    for (size_t sent = PORT_ATTACHED_MAX + 1; sent <= MORE_MAX; sent++)
        CU_ASSERT_EQUAL(received(pair, sent), 0);
    port_attached_close(&(port_attached){.fds = {pair[0], pair[1], -1}, .count = 2});
}

/* So many that one of two has a number, or none of them. */
static void receive_with_room(const int pair[2], rlim_t room)
{
    uint8_t space[8];
    size_t len;
    port_attached attached;
    struct rlimit usual, few;
    int first_free = dup(pair[0]);
    size_t before = open_descriptors();
    close(first_free);
    CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_NOFILE, &usual), 0);
    few = (struct rlimit){(rlim_t)first_free + room, usual.rlim_max};
    send_many(pair[0], 2);
    CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_NOFILE, &few), 0);
    cleat_status st = port_message_receive(pair[1], space, sizeof space, &len, &attached, NULL);
    CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_NOFILE, &usual), 0);
    CU_ASSERT_EQUAL(st, CLEAT_OK);
    CU_ASSERT_EQUAL(attached.count, 0);
    CU_ASSERT_EQUAL(len, sizeof word);
    CU_ASSERT_EQUAL(open_descriptors(), before - 1);
    port_attached_close(&attached);
}

static void test_no_room(void)
{
    int pair[2];
    CU_ASSERT_EQUAL_FATAL(port_message_pair(pair, NULL), CLEAT_OK);
    receive_with_room(pair, 0);
    receive_with_room(pair, 1);
    port_attached_close(&(port_attached){.fds = {pair[0], pair[1], -1}, .count = 2});
}

void suite_attached(void)
{
    CU_pSuite s = CU_add_suite("attached", NULL, NULL);
    CU_ADD_TEST(s, test_numbers);
    CU_ADD_TEST(s, test_no_room);
}
