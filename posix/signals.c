/* The signals RFC 4254 §6.10 names, and this system's numbers for them. */
#include "signals.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>

static const struct {
    const char *name;
    int number;
} signals[] = {
    {"ABRT", SIGABRT},
    {"ALRM", SIGALRM},
    {"FPE", SIGFPE},
    {"HUP", SIGHUP},
    {"ILL", SIGILL},
    {"INT", SIGINT},
    {"KILL", SIGKILL},
    {"PIPE", SIGPIPE},
    {"QUIT", SIGQUIT},
    {"SEGV", SIGSEGV},
    {"TERM", SIGTERM},
    {"USR1", SIGUSR1},
    {"USR2", SIGUSR2},
#ifdef SIGINFO
    {"INFO@openssh.com", SIGINFO},
#endif
};

enum { COUNT = sizeof signals / sizeof signals[0] };

int port_signal_number(const char *name)
{
    for (size_t i = 0; i < COUNT; i++) {
        if (strcmp(signals[i].name, name) == 0)
            return signals[i].number;
    }
    return 0;
}

const char *port_signal_name(int number)
{
    for (size_t i = 0; i < COUNT; i++) {
        if (signals[i].number == number)
            return signals[i].name;
    }
    return "SIG@openssh.com"; /* what peers know as "some other signal" */
}
