/* The certificates of the user's keys, from files and from the agent. */
#ifndef CLEAT_CLI_IDENTITY_CERT_H
#define CLEAT_CLI_IDENTITY_CERT_H

#include "identity.h"

/* Takes what the agent has if it is a user's certificate. False: it is none that can be read. */
bool identity_cert_from_agent(ssh_hop *h, const cleat_agent_key *theirs);

/* Those of CertificateFile; without such a line, the one beside each key's file. */
void identity_certs_read(ssh_hop *h);

#endif
