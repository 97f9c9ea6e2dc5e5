/* What is known of hosts' keys: known_hosts and its like. */
#ifndef CLEAT_CLI_KNOWN_H
#define CLEAT_CLI_KNOWN_H

#include "ssh.h"

#include <cleat/cert.h>

/* KNOWN_HOSTS_MAX: no file of hosts is larger; 100,000 hosts with RSA keys take 50 MiB. */
enum { KNOWN_NAME_MAX = 320, KNOWN_HOSTS_MAX = 64 << 20 };

/* The host key algorithms of keys that we know come first, so that the server shows one of them;
 * not where HostKeyAlgorithms gives the whole order. */
void known_prefer(ssh_hop *h);

/* What all places together say of a key, or of a certificate's authority. With none of the three
 * nobody has heard of the name. */
typedef struct known_opinion {
    bool known, changed, revoked;
    bool by_user; /* a line of the user's own file knows it */
    bool unasked; /* KnownHostsCommand has failed, which is said: no key is good then */
    char where[512];
    unsigned line;       /* that decided */
    char key_types[512]; /* by which the first place knows the name */
    char unread[512];    /* why a file that is there, and may know it, says nothing; empty: none */
} known_opinion;

/* What a host has shown: a key, or a certificate with the key in it. */
typedef struct known_proof {
    const cleat_key *key;
    const cleat_cert *cert;  /* NULL: none */
    const cleat_x509 *chain; /* the same, of X.509 */
} known_proof;

/* By the name with its port, and where nobody has heard of that, without. */
known_opinion known_look_up(const ssh_hop *h, const char *name, known_proof shown);

/* RevokedHostKeys names the key or the certificate, or cannot be read; that is said. */
bool known_is_revoked(const ssh_hop *h, known_proof shown);

/* Adds a line to the user's file. That it cannot be written is said, and no more. */
void known_remember(const ssh_hop *h, const char *name, const cleat_key *key);

/* The port under which the host is kept, and how the files write a name with it: "[name]:port"
 * unless the port is the usual one. */
uint16_t known_port(const ssh_hop *h);
void known_name(const ssh_hop *h, const char *name, char out[KNOWN_NAME_MAX]);

/* As FingerprintHash has it; empty when it cannot be made. */
void known_fingerprint(const ssh_hop *h, const cleat_key *key, char out[CLEAT_FINGERPRINT_MAX]);

#endif
