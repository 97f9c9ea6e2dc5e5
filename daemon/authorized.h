/* The user's keys and who may certify them: AuthorizedKeysFile, TrustedUserCAKeys, RevokedKeys. */
#ifndef CLEATD_AUTHORIZED_H
#define CLEATD_AUTHORIZED_H

#include "server.h"

/* What a client shows: a key, which may come in a certificate. */
typedef struct claim {
    cleat_key *key;
    cleat_cert *cert;  /* NULL: the key alone */
    cleat_x509 *chain; /* the same, of X.509 */
} claim;

/* Where a key or a certificate may be found, in this order. */
typedef enum authorized_place {
    AUTHORIZED_FILES,
    AUTHORIZED_NAMES, /* AuthorizedPrincipalsCommand prints names that certificates may be for */
    AUTHORIZED_KEYS,  /* AuthorizedKeysCommand prints lines of authorized_keys */
    AUTHORIZED_PLACES
} authorized_place;

/* Looks the key or the certificate up in the files of the user that is served, whoever asks.
 * *options are to be freed if it was found. */
bool authorized_find(const connection *c, const claim *what, cleat_key_options *options);

/* The same in what a command, which is `path`, has printed. */
bool authorized_find_in(const connection *c, const claim *what, authorized_place place,
                        cleat_slice output, const char *path, cleat_key_options *options);

/* A certificate by an authority of TrustedUserCAKeys. */
bool authorized_by_authority(const connection *c, const claim *what);

/* Asks the commands of the configuration, of which the answer comes later; what and options must
 * stay until then. False: there is no command, and `then` is not called. */
bool authorized_ask(connection *c, const claim *what, cleat_key_options *options,
                    void (*then)(connection *c, bool found));

/* The answer is not wanted any more. */
void authorized_ask_stop(connection *c);

/* Also true where a file of RevokedKeys cannot be read: the key may be in it. */
bool authorized_is_revoked(const connection *c, const claim *what);

/* The same of a key alone. */
bool authorized_key_is_revoked(const connection *c, const cleat_key *key);

#endif
