/* seccomp: a list of system calls; any other ends the process. */
#include "sandbox.h"

#include "fail.h"

#include <fcntl.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

static const int allowed[] = {
    /* bytes */
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(close),
    SCMP_SYS(sendmsg),
    SCMP_SYS(recvmsg),
    SCMP_SYS(sendto),
    SCMP_SYS(recvfrom),
    SCMP_SYS(shutdown),
    /* what descriptors are, and how they work */
    SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(getsockname),
    SCMP_SYS(getpeername),
    SCMP_SYS(getsockopt),
    SCMP_SYS(setsockopt),
    SCMP_SYS(dup),
    /* waiting */
    SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait),
    SCMP_SYS(epoll_ctl),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(futex),
    SCMP_SYS(sched_yield),
    SCMP_SYS(nanosleep),
    SCMP_SYS(clock_nanosleep),
    /* memory */
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    /* time, chance, itself */
    SCMP_SYS(clock_gettime),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(getrandom),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
};

static int allow_requests(scmp_filter_ctx filter, int call, const unsigned *requests, size_t count)
{
    int e = 0;
    for (size_t i = 0; i < count && e == 0; i++)
        e = seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1,
                             SCMP_A1(SCMP_CMP_MASKED_EQ, 0xFFFFFFFF, requests[i]));
    return e;
}

/* Terminals ask for no more than their size and kind. */
static int allow_ioctls(scmp_filter_ctx filter)
{
    static const unsigned requests[] = {0x5401 /* TCGETS */, 0x5413 /* TIOCGWINSZ */,
                                        0x80045430 /* TIOCGPTN */, 0x541B /* FIONREAD */,
                                        0x5421 /* FIONBIO */};
    return allow_requests(filter, SCMP_SYS(ioctl), requests, sizeof requests / sizeof *requests);
}

/* Without F_SETOWN, by which a descriptor that becomes ready signals another process. */
static int allow_fcntl(scmp_filter_ctx filter)
{
    static const unsigned requests[] = {F_GETFD, F_SETFD,         F_GETFL,
                                        F_SETFL, F_DUPFD_CLOEXEC, F_SETPIPE_SZ};
    return allow_requests(filter, SCMP_SYS(fcntl), requests, sizeof requests / sizeof *requests);
}

/* For abort(). Others of the same user carry other connections. */
static int allow_own_signals(scmp_filter_ctx filter)
{
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
                            SCMP_A0(SCMP_CMP_MASKED_EQ, 0xFFFFFFFF, (scmp_datum_t)getpid()));
}

/* Memory, as long as it is not to be run. */
static int allow_memory(scmp_filter_ctx filter)
{
    int e = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
                             SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    return e ? e
             : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
                                SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
}

static int fill(scmp_filter_ctx filter)
{
    int e = 0;
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed && e == 0; i++)
        e = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
    if (e == 0)
        e = allow_ioctls(filter);
    if (e == 0)
        e = allow_fcntl(filter);
    if (e == 0)
        e = allow_own_signals(filter);
    return e ? e : allow_memory(filter);
}

cleat_status sandbox_enter(cleat_error *error)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return port_fail(error, CLEAT_E_UNSUPPORTED,
                         "this system has no way to give up privileges");
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    int e = filter ? fill(filter) : -12;
    if (e == 0)
        e = seccomp_load(filter);
    seccomp_release(filter);
    return e == 0 ? CLEAT_OK : port_fail_os(error, -e, "cannot limit the system calls");
}
