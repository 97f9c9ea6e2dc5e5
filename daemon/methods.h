/* AuthenticationMethods: which proofs, in which order, log a user in. */
#ifndef CLEATD_METHODS_H
#define CLEATD_METHODS_H

#include "server.h"

#define METHOD_KEY "publickey"
#define METHOD_PASSWORD "password"
#define METHOD_KBDINT "keyboard-interactive"

/* What is wrong with one of its lists; NULL: nothing. */
const char *methods_fault(const char *list);

/* Whether the list asks for nothing but keys. */
bool methods_are_keys(const char *list);

/* Whether that may be tried now. */
bool methods_allow(const connection *c, const char *name);

/* That has been proved: logged in, or PARTIAL. */
cleat_auth_verdict methods_prove(connection *c, const char *name);

/* What can be tried now, comma-separated; to be freed. NULL without memory. */
char *methods_left(const connection *c);

#endif
