/* What a session's environment is made of. */
#ifndef CLEATD_SESSION_ENVIRONMENT_H
#define CLEATD_SESSION_ENVIRONMENT_H

#include "environment.h"
#include "server.h"

/* What the client may replace. */
void session_environment_begin(environment *env, const connection *c);

/* A variable that the client sends. False: AcceptEnv does not let it. */
bool session_environment_accept(environment *env, const connection *c, const char *name,
                                const char *value);

/* After what the client has sent, which it may not take the place of. terminal: its name, or "";
 * display: of X11, or NULL. */
void session_environment_fill(environment *env, const connection *c, const char *terminal,
                              const char *display);

/* SetEnv, last of all. */
void session_environment_configure(environment *env, const connection *c);

#endif
