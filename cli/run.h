/* What every command that connects begins and ends with. */
#ifndef CLEAT_CLI_RUN_H
#define CLEAT_CLI_RUN_H

#include "ssh.h"

/* From the flags to what is known about all the hosts on the way. */
CLEAT_MUST_USE cleat_status run_prepare(ssh_run *r, cleat_error *error);
void run_release(ssh_run *r);

/* Says what went wrong; the status to exit with. */
int run_complain(const cleat_error *error, cleat_status st);

#endif
