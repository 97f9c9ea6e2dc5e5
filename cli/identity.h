/* The user's keys, in files and in the agent. */
#ifndef CLEAT_CLI_IDENTITY_H
#define CLEAT_CLI_IDENTITY_H

#include "ssh.h"

#include <cleat/cert.h>

enum { IDENTITY_CERTS_MAX = 8 };

struct identity {
    char *name; /* the file, or the agent's comment */
    cleat_key *key;
    cleat_cert *certs[IDENTITY_CERTS_MAX]; /* of the key, to be tried before it */
    size_t cert_count;
    bool in_agent, in_file, named;
};

/* Reads the files of IdentityFile, and asks the agent for its keys; ready is called then, now or
 * later. */
void identities_gather(ssh_hop *h, void (*ready)(ssh_hop *h));

/* Adds them to the hop's login, those in the agent that the files name first. */
CLEAT_MUST_USE cleat_status identities_offer(ssh_hop *h);
void identities_free(ssh_hop *h);

/* Reads a private key file. Of one that needs a passphrase, and none is given, *key becomes the
 * public half if it stands readable in it. */
CLEAT_MUST_USE cleat_status identity_read(ssh_hop *h, const char *path, const char *passphrase,
                                          cleat_key **key, cleat_error *error);

/* The signature for a CLEAT_EV_SIGN; an empty one refuses. */
void identity_answer(ssh_hop *h, uint64_t query, cleat_slice signature);

#endif
