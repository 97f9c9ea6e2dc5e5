/* The files that sshd_config consists of, kept in memory: what applies to one client is read from
 * there, so that a file that is being edited does not change the rules of the next login. */
#ifndef CLEATD_CONFIG_FILES_H
#define CLEATD_CONFIG_FILES_H

#include "arguments.h"

#include <cleat/config.h>

typedef struct config_files config_files;

/* Reads the main file; the included ones are read when the first evaluation meets them. */
CLEAT_MUST_USE cleat_status config_files_new(config_files **out, const arguments *a,
                                             cleat_error *error);
void config_files_free(config_files *f);
const arguments *config_files_arguments(const config_files *f);

/* What the files say, with host's answers to Match lines and its checks. */
CLEAT_MUST_USE cleat_status config_files_read(config_files *f, cleat_config *c,
                                              const cleat_config_host *host, cleat_error *error);

#endif
