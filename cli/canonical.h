/* CanonicalizeHostname: which name of a host is meant. */
#ifndef CLEAT_CLI_CANONICAL_H
#define CLEAT_CLI_CANONICAL_H

#include "ssh.h"

/* Replaces *name, made with malloc, by the canonical one where the hop's configuration asks for
 * that. May block for as long as name servers do. CLEAT_E_RESOLVE: there is none, and the
 * configuration does not let the name be used as it is. */
CLEAT_MUST_USE cleat_status canonical_name(ssh_hop *h, char **name, cleat_error *error);

/* The configuration is read again, as the name may be another one. */
bool canonical_is_wanted(const ssh_hop *h);

#endif
