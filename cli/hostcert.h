/* A host's certificate: what it says, and whether it is good for the host's name. */
#ifndef CLEAT_CLI_HOSTCERT_H
#define CLEAT_CLI_HOSTCERT_H

#include "known.h"

/* What -v tells about it. */
void hostcert_say(const ssh_hop *h, const cleat_cert *cert);

/* A certificate whose authority is known for the host; what is wrong with it is said. */
bool hostcert_is_good(const ssh_hop *h, const cleat_cert *cert);

/* The same of a chain of X.509 certificates. */
void hostcert_say_chain(const cleat_x509 *chain);

/* The chain is this host's: by a line of known_hosts if there is one, else by the names in it; if
 * it is not, that is said. */
bool hostcert_names(const ssh_hop *h, const cleat_x509 *chain, const known_opinion *opinion);

#endif
