/* Going to the background, and what a service manager hears. */
#include "port.h"
#include "port/dialect.h"

#include <CUnit/CUnit.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs `act` in a child and hands back how the part that stayed in front ended. What any part
 * writes to `report` is collected until all have closed it. */
static int run_apart(void (*act)(int report), char *told, size_t room)
{
    int report[2], how = -1;
    size_t len = 0;
    ssize_t n;
    CU_ASSERT_EQUAL_FATAL(pipe(report), 0);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        alarm(10);
        act(report[1]);
        _exit(0);
    }
    close(report[1]);
    waitpid(child, &how, 0);
    while (len < room - 1 && (n = read(report[0], told + len, room - 1 - len)) > 0)
        len += (size_t)n;
    told[len] = '\0';
    close(report[0]);
    return how;
}

static void say(int report, const char *text)
{
    ssize_t ignored = write(report, text, strlen(text));
    (void)ignored;
}

static void detach_and_be_ready(int report)
{
    pid_t front = getpid();
    if (port_service_detach(NULL) < 0)
        return;
    say(report, getpid() != front ? "split " : "same ");
    if (port_service_ready(false, NULL) == CLEAT_OK && getsid(0) == getpid())
        say(report, "alone ");
    _exit(9); /* nobody waits for this any more */
}

static void front_part_ends_well_when_the_other_is_ready(void)
{
    char told[64];
    CU_ASSERT_EQUAL(run_apart(detach_and_be_ready, told, sizeof told), 0);
    CU_ASSERT_STRING_EQUAL(told, "split alone ");
}

static void detach_and_fail(int report)
{
    (void)report;
    if (port_service_detach(NULL) == CLEAT_OK)
        _exit(255);
}

static void front_part_ends_as_the_other_fails(void)
{
    char told[64];
    int how = run_apart(detach_and_fail, told, sizeof told);
    CU_ASSERT_TRUE(WIFEXITED(how) && WEXITSTATUS(how) == 255);
}

static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    CU_ASSERT_FATAL(fd >= 0 && strlen(path) < sizeof address.sun_path);
    memcpy(address.sun_path, path, strlen(path) + 1);
    CU_ASSERT_EQUAL_FATAL(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    struct timeval limit = {.tv_sec = 10};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return fd;
}

static void expect_message(int fd, const char *start)
{
    char text[128] = "";
    ssize_t n = recv(fd, text, sizeof text - 1, 0);
    CU_ASSERT(n > 0);
    CU_ASSERT_NSTRING_EQUAL(text, start, strlen(start));
}

static void service_manager_hears_of_each_state(void)
{
    char *scratch = make_scratch();
    char *path = below(scratch, "notify");
    int fd = listen_at(path);
    setenv("NOTIFY_SOCKET", path, 1);
    CU_ASSERT_EQUAL(port_service_ready(true, NULL), CLEAT_OK);
    expect_message(fd, "READY=1\nMAINPID=");
    port_service_notify(PORT_SERVICE_RELOADING);
    expect_message(fd, "RELOADING=1\nMONOTONIC_USEC=");
    port_service_notify(PORT_SERVICE_STOPPING);
    expect_message(fd, "STOPPING=1");
    port_service_notify(PORT_SERVICE_ALIVE);
    expect_message(fd, "WATCHDOG=1");
    unsetenv("NOTIFY_SOCKET");
    close(fd);
    remove_tree(scratch);
    port_free(path);
    port_free(scratch);
}

static void watchdogs_ask_for_half_their_time(void)
{
    static const struct {
        const char *time, *pid;
        unsigned ms;
    } cases[] = {{"3000000", NULL, 1500}, {"3000000", "1", 0}, {"", NULL, 0},
                 {"-5", NULL, 0},         {"5x", NULL, 0},     {NULL, NULL, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsetenv("WATCHDOG_USEC");
        unsetenv("WATCHDOG_PID");
        if (cases[i].time)
            setenv("WATCHDOG_USEC", cases[i].time, 1);
        if (cases[i].pid)
            setenv("WATCHDOG_PID", cases[i].pid, 1);
        CU_ASSERT_EQUAL(port_service_watchdog(), cases[i].ms);
    }
    unsetenv("WATCHDOG_PID");
}

static void sockets_are_for_one_process(void)
{
    char pid[32];
    int first = 0;
    snprintf(pid, sizeof pid, "%ld", (long)getpid());
    setenv("LISTEN_FDS", "2", 1);
    CU_ASSERT_EQUAL(port_service_sockets(&first), 0); /* whose, nobody says */
    setenv("LISTEN_PID", "1", 1);
    CU_ASSERT_EQUAL(port_service_sockets(&first), 0);
    setenv("LISTEN_PID", pid, 1);
    CU_ASSERT_EQUAL(port_service_sockets(&first), 2);
    CU_ASSERT_EQUAL(first, 3);
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
}

static void absent_service_manager_is_no_fault(void)
{
    setenv("NOTIFY_SOCKET", "/no/such/socket", 1);
    CU_ASSERT_EQUAL(port_service_ready(true, NULL), CLEAT_OK);
    port_service_notify(PORT_SERVICE_STOPPING);
    unsetenv("NOTIFY_SOCKET");
}

static void start_with_closed_streams(int report)
{
    int argc = 0;
    char **argv = NULL;
    /* The report would be closed with the rest, so it takes the place of stdout. */
    dup2(report, STDOUT_FILENO);
    close(STDIN_FILENO);
    close(STDERR_FILENO);
    int leaked = open("/dev/null", O_RDONLY); /* lands on 0, as an accident would */
    (void)leaked;
    close(STDIN_FILENO);
    if (port_program_start(&argc, &argv, NULL) < 0)
        return;
    if (fcntl(STDIN_FILENO, F_GETFD) >= 0 && fcntl(STDERR_FILENO, F_GETFD) >= 0 &&
        fcntl(report, F_GETFD) < 0)
        say(STDOUT_FILENO, "whole");
}

static void program_starts_with_its_three_streams_only(void)
{
    char told[64];
    run_apart(start_with_closed_streams, told, sizeof told);
    CU_ASSERT_STRING_EQUAL(told, "whole");
}

void suite_port_service(void)
{
    CU_pSuite suite = CU_add_suite("port service", NULL, NULL);
    CU_add_test(suite, "front part ends well when the other is ready",
                front_part_ends_well_when_the_other_is_ready);
    CU_add_test(suite, "front part ends as the other fails", front_part_ends_as_the_other_fails);
    CU_add_test(suite, "service manager hears of each state", service_manager_hears_of_each_state);
    CU_add_test(suite, "watchdogs ask for half their time", watchdogs_ask_for_half_their_time);
    CU_add_test(suite, "sockets are for one process", sockets_are_for_one_process);
    CU_add_test(suite, "absent service manager is no fault", absent_service_manager_is_no_fault);
    CU_add_test(suite, "program starts with its three streams only",
                program_starts_with_its_three_streams_only);
}
