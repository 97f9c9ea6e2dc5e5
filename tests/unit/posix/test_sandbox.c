/* The list of system calls, as far as they reach other processes of the same user. */
#include "../../../posix/system/sandbox.h"

#include <CUnit/CUnit.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

typedef void (*trial)(pid_t other);

static void signals_itself(pid_t other)
{
    (void)other;
    syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), 0);
}

static void signals(pid_t other)
{
    syscall(SYS_tgkill, other, other, SIGKILL);
}

/* A descriptor that becomes ready sends a signal of its owner's choice. */
static void has_signalled(pid_t other)
{
    fcntl(STDIN_FILENO, F_SETOWN, other);
}

static void uses_descriptors(pid_t other)
{
    (void)other;
    fcntl(STDIN_FILENO, F_SETFL, fcntl(STDIN_FILENO, F_GETFL));
    fcntl(STDIN_FILENO, F_SETFD, fcntl(STDIN_FILENO, F_GETFD));
    fcntl(STDIN_FILENO, F_SETPIPE_SZ, 1 << 16);
    close(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0));
}

/* The status of a confined process that tries, with another one beside it. *spared: the other
 * lives.
 */
static int confined(trial try, bool *spared)
{
    int status = 0;
    pid_t other = fork();
    if (other == 0) {
        pause();
        _exit(1);
    }
    pid_t pid = fork();
    if (pid == 0) {
        if (sandbox_enter(NULL) == CLEAT_OK)
            try(other);
        _exit(0);
    }
    CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
    *spared = waitpid(other, NULL, WNOHANG) == 0;
    kill(other, SIGKILL);
    if (*spared)
        waitpid(other, NULL, 0);
    return status;
}

static bool is_allowed(trial try)
{
    bool spared;
    int status = confined(try, &spared);
    return spared && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool ends_it(trial try)
{
    bool spared;
    int status = confined(try, &spared);
    return spared && WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
}

static void test_signals(void)
{
    CU_ASSERT(is_allowed(signals_itself));
    CU_ASSERT(ends_it(signals));
}

static void test_descriptors(void)
{
    CU_ASSERT(is_allowed(uses_descriptors));
    CU_ASSERT(ends_it(has_signalled));
}

void suite_sandbox(void)
{
    CU_pSuite s = CU_add_suite("sandbox", NULL, NULL);
    CU_ADD_TEST(s, test_signals);
    CU_ADD_TEST(s, test_descriptors);
}
