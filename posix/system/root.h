/* Shutting a process in. */
#ifndef PORT_POSIX_ROOT_H
#define PORT_POSIX_ROOT_H

#include "port.h"

/* Makes that directory, an absolute path, this process's root and its working directory. It and all
 * above it must be root's, and nobody else's to write to. */
CLEAT_MUST_USE cleat_status port_root_enter(const char *path, cleat_error *error);

#endif
