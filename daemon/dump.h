/* -T and -G: the configuration as it is understood, in sshd's words. */
#ifndef CLEATD_DUMP_H
#define CLEATD_DUMP_H

#include "server.h"

/* Prints it, for the client of -C if there is one. */
CLEAT_MUST_USE cleat_status dump(const server *s, cleat_error *error);

/* What only looking names up can tell: whether it could be printed by -T. */
CLEAT_MUST_USE cleat_status dump_check(const server *s, cleat_error *error);

#endif
