/* The connections: dialling, logging in, and the way through jump hosts. */
#ifndef CLEAT_CLI_CONNECT_H
#define CLEAT_CLI_CONNECT_H

#include "ssh.h"

/* Begins with the nearest hop; once the last is logged in, the session begins. */
void connect_start(ssh_run *r);

/* When the loop has run out: gives back what is left on it. */
void connect_end(ssh_run *r);

#endif
