/* The user's agent, for who waits for its answers. */
#ifndef CLEAT_CLI_AGENT_WAIT_H
#define CLEAT_CLI_AGENT_WAIT_H

#include <cleat/ctx.h>

typedef struct agent_wait agent_wait;

/* Connects to the agent and learns which keys it has. NULL: there is none, or it does not answer.
 */
agent_wait *agent_wait_open(cleat_ctx *ctx);

/* It has this key, or this certificate with its key. */
bool agent_wait_has(const agent_wait *a, cleat_slice blob);

/* Its signature, to be freed with free(). Waits until its user has agreed, where it asks. False: it
 * refuses, or is gone. */
bool agent_wait_sign(agent_wait *a, cleat_slice blob, const char *algorithm, cleat_slice message,
                     uint8_t **signature, size_t *len);

/* NULL is fine. */
void agent_wait_close(agent_wait *a);

#endif
