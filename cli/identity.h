/* The user's keys, in files and in the agent. */
#ifndef CLEAT_CLI_IDENTITY_H
#define CLEAT_CLI_IDENTITY_H

#include "ssh.h"

#include <cleat/cert.h>

enum { IDENTITY_CERTS_MAX = 8 };

/* A certificate of an identity's key. */
typedef struct identity_cert {
    cleat_cert *cert;
    cleat_x509 *chain; /* instead of cert */
    unsigned listed;   /* its place among the CertificateFiles, from 1; 0: it is none of them */
    bool in_file, in_agent;
} identity_cert;

struct identity {
    char *name; /* the file, or the agent's comment */
    cleat_key *key;
    identity_cert certs[IDENTITY_CERTS_MAX];
    size_t cert_count;
    bool in_agent, in_file, named;
    bool hidden; /* by IdentitiesOnly: the key only signs for certificates of CertificateFile */
};

/* What a server is offered: an identity's key, or one of its certificates. */
struct offer {
    identity *of;
    const identity_cert *cert; /* NULL: the key */
};

/* Takes the name and the key, also when there is no room for more. */
void identity_add(ssh_hop *h, const identity *one);

/* Reads the files of IdentityFile, and asks the agent for its keys; ready is called then, now or
 * later. */
void identities_gather(ssh_hop *h, void (*ready)(ssh_hop *h));

/* Adds them to the hop's login: certificates of CertificateFile first; then keys in the agent that
 * the files name, the agent's others and the files' others, each behind its certificates. */
CLEAT_MUST_USE cleat_status identities_offer(ssh_hop *h);

/* What is being tried; NULL when nothing is. */
const offer *identity_offered(const ssh_hop *h);
void identities_free(ssh_hop *h);

/* Reads a private key file. Of one that needs a passphrase, and none is given, *key becomes the
 * public half if it stands readable in it. */
CLEAT_MUST_USE cleat_status identity_read(ssh_hop *h, const char *path, const char *passphrase,
                                          cleat_key **key, cleat_error *error);

/* The signature for a CLEAT_EV_SIGN; an empty one refuses. */
void identity_answer(ssh_hop *h, uint64_t query, cleat_slice signature);

#endif
