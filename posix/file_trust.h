/* Whether a file may be believed, by its owner and mode. */
#ifndef PORT_POSIX_FILE_TRUST_H
#define PORT_POSIX_FILE_TRUST_H

#include "port.h"

#include <sys/stat.h>

/* The rule for one file or directory, as a function of facts alone. `me` is the effective uid.
 * The text of a refusal says what is wrong with `path` and how to mend it. */
cleat_status port_trust_check(const struct stat *facts, const char *path, uid_t me,
                              port_trust trust, cleat_error *error);

/* STRICT's second half: every directory above `path` (which must be absolute and free of symbolic
 * links) up to `home`, or up to the root where path is not below home. */
cleat_status port_trust_check_parents(const char *path, const char *home, cleat_error *error);

#endif
