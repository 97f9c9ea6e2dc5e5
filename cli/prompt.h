/* Asking the user. */
#ifndef CLEAT_CLI_PROMPT_H
#define CLEAT_CLI_PROMPT_H

#include "ssh.h"

/* On the terminal, or by SSH_ASKPASS where there is none; NULL when nobody answers, and always
 * with BatchMode. prompt_drop the answer. */
char *prompt_read(const ssh_hop *h, const char *prompt, bool echo);
void prompt_drop(char *answer);

#endif
