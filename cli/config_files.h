/* Reading ssh_config: the files, what Include means, and what Match lines ask. */
#ifndef CLEAT_CLI_CONFIG_FILES_H
#define CLEAT_CLI_CONFIG_FILES_H

#include "ssh.h"

/* Reads the user's and the system's file, or the one of -F, for the hop. */
CLEAT_MUST_USE cleat_status config_files_read(ssh_hop *h, cleat_error *error);

/* Match lines and values may speak of the command and the kind of session. */
const char *config_session_type(const ssh_hop *h);

#endif
