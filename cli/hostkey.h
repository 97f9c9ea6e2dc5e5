/* Is this the host's key? known_hosts, StrictHostKeyChecking and the question to the user. */
#ifndef CLEAT_CLI_HOSTKEY_H
#define CLEAT_CLI_HOSTKEY_H

#include "ssh.h"

/* The host key algorithms of keys that we know come first, so that the server shows one of them. */
void hostkey_prefer(ssh_hop *h);

/* CLEAT_EV_HOSTKEY. */
void hostkey_decide(ssh_hop *h, const cleat_event *ev);

/* The name and port under which the host is kept. */
uint16_t hostkey_port(const ssh_hop *h);

/* UpdateHostKeys: CLEAT_EV_HOSTKEYS and CLEAT_EV_HOSTKEYS_PROVED. */
void hostkeys_announced(ssh_hop *h, const cleat_event *ev);
void hostkeys_proved(ssh_hop *h, const cleat_event *ev);
void hostkeys_forget(ssh_hop *h);

#endif
