/* Asking the user, until there is an answer. */
#include "ask.h"

#include "port.h"

#include <stdlib.h>
#include <string.h>

static char *by_program(const char *text)
{
    char *answer = NULL;
    const char *program = getenv("SSH_ASKPASS");
    if (!program || port_askpass(&answer, program, text, NULL, NULL) != CLEAT_OK)
        return NULL;
    return answer;
}

/* SSH_ASKPASS_REQUIRE: "force" always takes the program, "prefer" takes it first, "never" not at
 * all; otherwise it is for when there is no terminal. */
char *ask_user(const char *text, bool echo)
{
    const char *require = getenv("SSH_ASKPASS_REQUIRE");
    bool force = require && strcmp(require, "force") == 0;
    bool prefer = force || (require && strcmp(require, "prefer") == 0);
    bool never = require && strcmp(require, "never") == 0;
    char *answer = prefer ? by_program(text) : NULL;
    if (answer)
        return answer;
    if (!force && port_tty_ask(&answer, text, echo, NULL) == CLEAT_OK)
        return answer;
    return prefer || never ? NULL : by_program(text);
}

void ask_wipe(char *answer)
{
    if (answer)
        port_free_secret(answer, strlen(answer));
}
