/* What runs before a session's command: ~/.ssh/rc or /etc/ssh/sshrc (sshd(8), SSHRC). */
#ifndef CLEATD_PRELUDE_H
#define CLEATD_PRELUDE_H

#include "server.h"

enum { PRELUDE_WORDS = 4 };

typedef struct prelude {
    port_prelude what;
    const char *argv[PRELUDE_WORDS];
    char *path;
} prelude;

/* For a command of that shell's. own_rc: the user's own file counts, if rules and keys allow it.
 * False: nothing runs. The shell's texts are borrowed. */
bool prelude_find(prelude *p, const connection *c, const port_command *command, bool own_rc);
void prelude_free(prelude *p);

#endif
