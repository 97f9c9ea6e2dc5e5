/* The built-in SFTP server, by the command line that names it: internal-sftp and its flags. */
#ifndef CLEATD_SFTP_H
#define CLEATD_SFTP_H

#include "server.h"

#include <cleat/files.h>

/* True when the command is not one for the shell. */
bool sftp_is_internal(const char *command);

/* What is wrong with such a command, or NULL. */
const char *sftp_check(const char *command);

typedef struct sftp_session sftp_session;

typedef struct sftp_owner {
    void *user;
    void (*on_end)(void *user, uint32_t status); /* status: for exit-status */
    uint32_t number;                             /* of the session, for the audit log */
} sftp_owner;

/* Serves the channel until sftp_close. */
CLEAT_MUST_USE cleat_status sftp_start(sftp_session **out, connection *c, cleat_channel *ch,
                                       const char *command, const sftp_owner *owner,
                                       cleat_error *error);

/* The same on pipes, of which stdio gets the other ends, to be taken. */
CLEAT_MUST_USE cleat_status sftp_start_on_pipes(sftp_session **out, connection *c,
                                                const char *command, const sftp_owner *owner,
                                                port_stdio *stdio, cleat_error *error);

/* Events of the channel. */
void sftp_event(sftp_session *s, const cleat_event *ev);

/* Before the channel is freed. NULL is fine. */
void sftp_close(sftp_session *s);

#endif
