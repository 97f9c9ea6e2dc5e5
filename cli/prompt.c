/* Asking the user. */
#include "prompt.h"

#include "hop.h"

#include <stdlib.h>
#include <string.h>

/* SSH_ASKPASS_REQUIRE: "force" always takes the program, "prefer" takes it first, "never" not at
 * all; otherwise it is for when there is no terminal. */
char *prompt_read(const ssh_hop *h, const char *prompt, bool echo)
{
    char *answer = NULL;
    const char *program = getenv("SSH_ASKPASS");
    const char *require = getenv("SSH_ASKPASS_REQUIRE");
    bool force = require && strcmp(require, "force") == 0;
    bool prefer = force || (require && strcmp(require, "prefer") == 0);
    bool never = require && strcmp(require, "never") == 0;
    if (hop_flag(h, "BatchMode") || h->run->in_background)
        return NULL;
    if (prefer && program && port_askpass(&answer, program, prompt, NULL, NULL) == CLEAT_OK)
        return answer;
    if (!force && port_tty_ask(&answer, prompt, echo, NULL) == CLEAT_OK)
        return answer;
    if (!prefer && !never && program &&
        port_askpass(&answer, program, prompt, NULL, NULL) == CLEAT_OK)
        return answer;
    return NULL;
}

void prompt_drop(char *answer)
{
    if (answer)
        port_free_secret(answer, strlen(answer));
}
