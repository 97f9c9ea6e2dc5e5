/* Messages to and from another process of this program, on a loop. */
#ifndef MONITOR_LINK_H
#define MONITOR_LINK_H

#include "messages.h"

#include "parts.h"

#include <uv.h>

typedef struct monitor_link monitor_link;

typedef struct monitor_link_owner {
    void *user;
    /* A message. Attached descriptors that are wanted are to be taken by writing -1 in their place;
     * the others are closed. False: it should not have come, and the link is over. */
    bool (*on_message)(void *user, cleat_slice bytes, port_attached *attached);
    /* The other process has gone, or broke the rules. Called once, by the loop; not after
     * monitor_link_close. */
    void (*on_end)(void *user, const cleat_error *why);
    /* NULL: every message. False: the next one, which has that number, is for another process. It is
     * not read, and the link is to be released by then. */
    bool (*wants)(void *user, uint8_t number);
} monitor_link_owner;

/* fd: an end of port_message_pair's; taken, also on failure. */
CLEAT_MUST_USE cleat_status monitor_link_new(monitor_link **out, uv_loop_t *loop, int fd,
                                             const monitor_link_owner *owner);

/* Sends, or keeps until there is room: what cannot be kept ends the link. The packet is taken, and
 * the descriptors in `attached` (NULL: none) are, too. */
void monitor_link_send(monitor_link *l, monitor_packet *packet, const port_attached *attached);

/* In a process that has split off: closes the socket, which is the other's. */
void monitor_link_let_go(const monitor_link *l);

/* Closes the link, but not its socket, whose descriptor (-1 after a failure) is the caller's. */
int monitor_link_release(monitor_link *l);

/* Whether everything is on its way. */
bool monitor_link_is_flushed(const monitor_link *l);

/* Waits until everything is on its way, or the link is over. NULL is fine. */
void monitor_link_drain(monitor_link *l);

/* The loop does not wait for it. */
void monitor_link_unref(monitor_link *l);

/* NULL is fine. */
void monitor_link_close(monitor_link *l);

/* Encodes and sends in one go: MONITOR_SEND(link, signature, .query = q, ...). */
#define MONITOR_SEND(link_, name_, ...) MONITOR_SEND_WITH(link_, NULL, name_, __VA_ARGS__)
#define MONITOR_SEND_WITH(link_, attached_, name_, ...)                                            \
    MONITOR_SEND_ALL_OF(link_, attached_, name_, (&(monitor_##name_){__VA_ARGS__}))

/* The same with a message that is there already: MONITOR_SEND_ALL_OF(link, NULL, signature, &m). */
#define MONITOR_SEND_ALL_OF(link_, attached_, name_, message_)                                     \
    do {                                                                                           \
        monitor_packet packet_;                                                                    \
        if (monitor_encode_##name_(&packet_, (message_)) == CLEAT_OK)                              \
            monitor_link_send((link_), &packet_, (attached_));                                     \
        else                                                                                       \
            monitor_link_break((link_));                                                           \
    } while (0)

/* A message cannot be made: the link ends, as the other process would wait for ever. */
void monitor_link_break(monitor_link *l);

#endif
