/* Runs a program with its output thrown away, and prints the seconds it took and the peak of its
 * memory in KiB. A small parent, since a process begins with the peak of the one it comes from.
 *
 *     bench_run PROGRAM [ARGUMENT...] */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

_Noreturn static void become(char **argv)
{
    int null = open("/dev/null", O_RDWR);
    dup2(null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    execvp(argv[0], argv);
    _exit(127);
}

int main(int argc, char **argv)
{
    struct rusage used;
    int status;
    double begun = now();
    pid_t pid = argc > 1 ? fork() : -1;
    if (pid == 0)
        become(argv + 1);
    if (pid < 0 || wait4(pid, &status, 0, &used) != pid)
        return 1;
    printf("%.6f %ld\n", now() - begun, used.ru_maxrss);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
