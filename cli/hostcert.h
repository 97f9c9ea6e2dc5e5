/* A host's certificate: what it says, and whether it is good for the host's name. */
#ifndef CLEAT_CLI_HOSTCERT_H
#define CLEAT_CLI_HOSTCERT_H

#include "ssh.h"

#include <cleat/cert.h>

/* What -v tells about it. */
void hostcert_say(const ssh_hop *h, const cleat_cert *cert);

/* A certificate whose authority is known for the host; what is wrong with it is said. */
bool hostcert_is_good(const ssh_hop *h, const cleat_cert *cert);

#endif
