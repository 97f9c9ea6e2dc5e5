/* No system calls from here on but those that a connection needs. */
#ifndef PORT_POSIX_SANDBOX_H
#define PORT_POSIX_SANDBOX_H

#include <cleat/types.h>

CLEAT_MUST_USE cleat_status sandbox_enter(cleat_error *error);

#endif
