/* ObscureKeystrokeTiming: the rhythm of typing does not show on the network. */
#ifndef CLEAT_CLI_OBSCURE_H
#define CLEAT_CLI_OBSCURE_H

#include "ssh.h"

/* The keyword's value: milliseconds between two beats, 0 for no; false when it makes no sense. */
bool obscure_parse(const char *text, uint32_t *beat_ms);

/* Takes what was typed, to be sent at the next beat; returns how many bytes are left to be sent at
 * once: none, or all, where it is no typing or the other side does not know pings. */
size_t obscure_take(ssh_run *r, const uint8_t *bytes, size_t len);

/* Sends what is held. Before anything else that goes into the channel, and before its end. */
void obscure_flush(ssh_run *r);
void obscure_end(ssh_run *r);

#endif
