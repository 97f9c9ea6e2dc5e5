/* Escapes: what a user types to the command itself, at the start of a line. */
#ifndef CLEAT_CLI_ESCAPE_H
#define CLEAT_CLI_ESCAPE_H

#include "ssh.h"

/* EscapeChar's value: a character, or -1 for "none". False when it is neither that nor ^ and a
 * letter. */
bool escape_parse(const char *text, int *escape);

/* Takes the escapes out of what was typed; returns the new length. */
size_t escape_filter(ssh_run *r, uint8_t *bytes, size_t len);

#endif
