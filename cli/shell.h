/* Running local commands to their end: Match exec, KnownHostsCommand, LocalCommand. */
#ifndef CLEAT_CLI_SHELL_H
#define CLEAT_CLI_SHELL_H

#include <cleat/types.h>

/* Runs the command by the user's shell and waits. Its exit status, or -1 if it could not be run or
 * died of a signal. output NULL: it writes where we do; else *output becomes what it wrote to
 * stdout (free), at most a megabyte. */
int shell_run(const char *command, char **output);

#endif
