/* Asking the user, until there is an answer. */
#ifndef CLEAT_CLI_ASK_H
#define CLEAT_CLI_ASK_H

#include <stdbool.h>

/* Asks on the terminal, or by SSH_ASKPASS where there is none; SSH_ASKPASS_REQUIRE can change the
 * order. Blocks. NULL: nobody answers. Give the answer back to ask_wipe. */
char *ask_user(const char *text, bool echo);

/* Wipes and frees. NULL is fine. */
void ask_wipe(char *answer);

#endif
