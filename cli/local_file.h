/* Files of this machine. */
#ifndef CLEAT_CLI_LOCAL_FILE_H
#define CLEAT_CLI_LOCAL_FILE_H

#include <cleat/types.h>

/* Also through a link. */
bool local_is_directory(const char *path);

/* No link. */
bool local_is_real_directory(const char *path);

#endif
