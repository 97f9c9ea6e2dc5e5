/* What a program that serves keeps from its start on. */
#ifndef CLEAT_POSIX_SERVICE_H
#define CLEAT_POSIX_SERVICE_H

#include "port.h"

/* How many descriptors after the standard streams it was given, by a service manager or by the
 * program whose place it takes. */
unsigned port_service_keep(void);

/* The file it was started from; NULL: that cannot be told. And how. */
const char *port_program_path(void);
char **port_program_arguments(void);

#endif
