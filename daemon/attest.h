/* What a security key must attest with its signature. */
#ifndef CLEATD_ATTEST_H
#define CLEATD_ATTEST_H

#include "server.h"

#include <cleat/store.h>

/* Why the signature is not enough by PubkeyAuthOptions, the key's options and its certificate; NULL
 * when it is, and for keys that attest nothing. */
const char *attest_refusal(const rules *r, cleat_slice signature, const cleat_key_options *options);

#endif
