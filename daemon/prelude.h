/* What runs before a session's command: ~/.ssh/rc, /etc/ssh/sshrc (sshd(8), SSHRC), or xauth. */
#ifndef CLEATD_PRELUDE_H
#define CLEATD_PRELUDE_H

#include "awaiting.h"

enum { PRELUDE_WORDS = 4 };

typedef struct prelude {
    port_prelude what;
    const char *argv[PRELUDE_WORDS];
    char *path;
} prelude;

/* For a command of that shell's. own_rc: the user's own file counts, if rules and keys allow it.
 * x11: the session's display; or NULL. False: nothing runs. Texts of the command and the display
 * are borrowed. */
bool prelude_find(prelude *p, const connection *c, const port_command *command, bool own_rc,
                  const awaiting_x11 *x11);
void prelude_free(prelude *p);

#endif
