/* ChannelTimeout: channels that carry nothing for a while are closed. */
#ifndef CLEATD_IDLE_H
#define CLEATD_IDLE_H

#include "server.h"

/* From now on; what: "session:shell", "direct-tcpip". Anew for a channel that is watched. */
void idle_watch(connection *c, cleat_channel *channel, const char *what);

/* The channel is gone, or with NULL all of them are. */
void idle_forget(connection *c, const cleat_channel *channel);

/* Why a value of ChannelTimeout is wrong; NULL if it is right. */
const char *idle_check(const char *item);

#endif
