/* The OCSP responses that are shown with the user's X.509 certificates. */
#ifndef CLEAT_CLI_RESPONSES_H
#define CLEAT_CLI_RESPONSES_H

#include "ssh.h"

/* Reads the files of OCSPResponseFile; what cannot be read is said. */
void responses_read(ssh_hop *h);
void responses_forget(ssh_hop *h);

#endif
