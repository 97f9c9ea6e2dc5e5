/* What the listener tells a worker and its monitor. */
#ifndef CLEATD_ACCEPTED_H
#define CLEATD_ACCEPTED_H

#include "part.h"

/* MONITOR_accepted, about the client with that number. */
void accepted_send(monitor_link *link, uint64_t id, const cleat_stream_ends *ends,
                   const port_attached *attached);

/* The connection that MONITOR_accepted tells of, without its stream; NULL: the message is wrong, or
 * there is no memory. */
connection *accepted_read(server *s, cleat_slice bytes);

/* Why a client whose descriptors did not arrive with it is lost. */
extern const cleat_error accepted_without_room;

/* MONITOR_outlook: without more clients the loop ends with the last. False: the message is wrong.
 */
bool accepted_outlook(const server *s, cleat_slice bytes);

/* MONITOR_alive: answers it. False: the message is wrong. */
bool accepted_alive(const server *s, cleat_slice bytes);

#endif
