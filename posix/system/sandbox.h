/* No files, no ports, and no system calls from here on but those that a connection needs. */
#ifndef PORT_POSIX_SANDBOX_H
#define PORT_POSIX_SANDBOX_H

#include <cleat/types.h>

CLEAT_MUST_USE cleat_status sandbox_enter(cleat_error *error);

/* The kernel's version of Landlock; 0: it has none, or may not use it. */
int landlock_version(void);

/* No file can be opened or made from here on, and no TCP port bound or connected to, as
 * far as that version goes. */
CLEAT_MUST_USE cleat_status landlock_enter(cleat_error *error);

#endif
