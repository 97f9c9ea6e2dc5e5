/* The user's agent, reached over its socket or pipe: one conversation for one connection. */
#ifndef CLEAT_CLI_AGENT_H
#define CLEAT_CLI_AGENT_H

#include <cleat/agent.h>

#include <uv.h>

typedef struct agent_link agent_link;

/* reply NULL: the agent is gone, or could not be reached; nothing more comes. */
typedef void (*agent_cb)(void *user, const cleat_agent_reply *reply);

typedef struct agent {
    agent_link *link; /* NULL: none */
} agent;

/* Connects, and asks for the keys: the first reply is the list. False when that cannot even be
 * begun; the callback is not called then. */
bool agent_open(agent *a, uv_loop_t *loop, cleat_ctx *ctx, const char *path, agent_cb done,
                void *user);

/* The conversation, to make requests of; NULL when there is none. agent_send after it. */
cleat_agent *agent_talk(const agent *a);
void agent_send(agent *a);

/* No callback comes after this. */
void agent_close(agent *a);

#endif
