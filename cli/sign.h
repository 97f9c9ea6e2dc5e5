/* Signing with the user's keys, and handing them to the agent. */
#ifndef CLEAT_CLI_SIGN_H
#define CLEAT_CLI_SIGN_H

#include "ssh.h"

/* CLEAT_EV_SIGN, of a key whose private half is not at hand. */
void sign_begin(ssh_hop *h, const cleat_event *ev);
void sign_forget(ssh_hop *h);

/* CLEAT_EV_AUTH_PK_OK: a key from a file may be one for the agent, too (AddKeysToAgent). */
void sign_accepted(ssh_hop *h);

#endif
