/* The user's keys and who may certify them: AuthorizedKeysFile, TrustedUserCAKeys, RevokedKeys. */
#ifndef CLEATD_AUTHORIZED_H
#define CLEATD_AUTHORIZED_H

#include "server.h"

/* What a client shows: a key, which may come in a certificate. */
typedef struct claim {
    cleat_key *key;
    cleat_cert *cert; /* NULL: the key alone */
} claim;

/* Looks the key or the certificate up in the files of the user that is served, whoever asks.
 * *options are to be freed if it was found. */
bool authorized_find(const connection *c, const claim *what, cleat_key_options *options);

/* Also true where a file of RevokedKeys cannot be read: the key may be in it. */
bool authorized_is_revoked(const connection *c, const claim *what);

#endif
