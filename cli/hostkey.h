/* Is this the host's key? StrictHostKeyChecking, CheckHostIP and the question to the user. */
#ifndef CLEAT_CLI_HOSTKEY_H
#define CLEAT_CLI_HOSTKEY_H

#include "ssh.h"

/* CLEAT_EV_HOSTKEY: answers it, now or when the user has. */
void hostkey_decide(ssh_hop *h, const cleat_event *ev);
void hostkey_forget(ssh_hop *h);

/* UpdateHostKeys: CLEAT_EV_HOSTKEYS and CLEAT_EV_HOSTKEYS_PROVED. */
void hostkeys_announced(ssh_hop *h, const cleat_event *ev);
void hostkeys_proved(ssh_hop *h, const cleat_event *ev);
void hostkeys_forget(ssh_hop *h);

#endif
