/* Whose X.509 certificates are good. */
#ifndef CLEAT_CLI_AUTHORITIES_H
#define CLEAT_CLI_AUTHORITIES_H

#include "ssh.h"

/* Reads the authorities and what they have revoked, if the configuration or the user's usual files
 * name any. */
CLEAT_MUST_USE cleat_status authorities_load(ssh_hop *h, cleat_error *error);

/* The chain leads to one of them and is good for a host; if it is not, why is said. */
bool authorities_accept(ssh_hop *h, const cleat_x509 *chain);

#endif
