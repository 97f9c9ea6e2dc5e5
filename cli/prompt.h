/* Asking the user, while everything else goes on. */
#ifndef CLEAT_CLI_PROMPT_H
#define CLEAT_CLI_PROMPT_H

#include "ssh.h"

/* answer NULL: nobody answers. It is wiped after the call. */
typedef void (*prompt_cb)(ssh_hop *h, const char *answer);

/* Asks on the terminal, or by SSH_ASKPASS where there is none, and calls done: at once where nobody
 * can be asked (BatchMode), else later, from the loop. Questions are put one after another. The
 * hop's connection may have ended by the time of the answer. */
void prompt_ask(ssh_hop *h, const char *text, bool echo, prompt_cb done);

/* No question is put any more; those that wait get no answer. */
void prompt_give_up(ssh_run *r);

#endif
