/* The user's keys, in files and in the agent, and signing with them. */
#ifndef CLEAT_CLI_IDENTITY_H
#define CLEAT_CLI_IDENTITY_H

#include "ssh.h"

struct identity {
    char *name; /* the file, or the agent's comment */
    cleat_key *key;
    bool in_agent, in_file, named;
};

/* Reads the files of IdentityFile, and asks the agent for its keys; ready is called then, now or
 * later. */
void identities_gather(ssh_hop *h, void (*ready)(ssh_hop *h));

/* Adds them to the hop's login, those in the agent that the files name first. */
CLEAT_MUST_USE cleat_status identities_offer(ssh_hop *h);
void identities_free(ssh_hop *h);

/* CLEAT_EV_SIGN: by the agent, or with the file's key after its passphrase. */
void identity_sign(ssh_hop *h, const cleat_event *ev);
void identity_forget(ssh_hop *h);

/* CLEAT_EV_AUTH_PK_OK: a key from a file may be one for the agent, too (AddKeysToAgent). */
void identity_accepted(ssh_hop *h);

#endif
