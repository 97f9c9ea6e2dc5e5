/* The network process's second fence, tried without the first (the filter of system calls). */
#include "../../../posix/system/sandbox.h"

#include <CUnit/CUnit.h>
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

typedef bool (*trial)(int file);

static bool opens(int file)
{
    (void)file;
    return open("/etc/passwd", O_RDONLY) >= 0 || errno != EACCES;
}

static bool lists(int file)
{
    (void)file;
    return open("/", O_RDONLY | O_DIRECTORY) >= 0 || errno != EACCES;
}

static bool makes(int file)
{
    (void)file;
    return open("/tmp/cleat-landlock-test", O_WRONLY | O_CREAT, 0600) >= 0 || errno != EACCES;
}

static bool uses_port(int (*how)(int, const struct sockaddr *, socklen_t))
{
    const struct sockaddr_in at = {.sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int s = socket(AF_INET, SOCK_STREAM, 0);
    return s < 0 || how(s, (const struct sockaddr *)&at, sizeof at) == 0 || errno != EACCES;
}

static bool binds(int file)
{
    (void)file;
    return uses_port(bind);
}

static bool connects(int file)
{
    (void)file;
    return uses_port(connect);
}

static bool cannot_read(int file)
{
    char byte;
    return read(file, &byte, 1) != 1;
}

/* In a process of its own. True: what must not be is. */
static bool happens(trial try)
{
    int status;
    int file = open("/etc/passwd", O_RDONLY);
    CU_ASSERT_FATAL(file >= 0);
    pid_t pid = fork();
    if (pid == 0)
        _exit(landlock_enter(NULL) != CLEAT_OK || try(file));
    close(file);
    return waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

static bool version_is(int least, const char *what)
{
    if (landlock_version() >= least)
        return true;
    printf("  (%s: not with this kernel)\n", what);
    return false;
}

static void test_files(void)
{
    if (!version_is(1, "files"))
        return;
    CU_ASSERT_FALSE(happens(opens));
    CU_ASSERT_FALSE(happens(lists));
    CU_ASSERT_FALSE(happens(makes));
}

static void test_ports(void)
{
    if (!version_is(4, "ports"))
        return;
    CU_ASSERT_FALSE(happens(binds));
    CU_ASSERT_FALSE(happens(connects));
}

/* What is open is what the process lives by. */
static void test_open_files(void)
{
    CU_ASSERT_FALSE(happens(cannot_read));
}

void suite_landlock(void)
{
    CU_pSuite s = CU_add_suite("landlock", NULL, NULL);
    CU_ADD_TEST(s, test_files);
    CU_ADD_TEST(s, test_ports);
    CU_ADD_TEST(s, test_open_files);
}
