/* The user's keys: AuthorizedKeysFile, RevokedKeys. */
#ifndef CLEATD_AUTHORIZED_H
#define CLEATD_AUTHORIZED_H

#include "server.h"

/* Looks the key up in the files of the user that is served, whoever asks. *options are to be freed
 * if it was found. */
bool authorized_find(const connection *c, const cleat_key *key, cleat_key_options *options);

/* Also true where a file of RevokedKeys cannot be read: the key may be in it. */
bool authorized_is_revoked(const connection *c, const cleat_key *key);

#endif
