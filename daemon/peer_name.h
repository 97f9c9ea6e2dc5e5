/* UseDNS: the name of an address. */
#ifndef CLEATD_PEER_NAME_H
#define CLEATD_PEER_NAME_H

#include <cleat/types.h>

#include <uv.h>

typedef struct peer_name peer_name;

/* name: in small letters; NULL where the address has none, or one that does not lead back to it. */
typedef void (*peer_name_cb)(void *user, const char *name);

/* Asks the system's resolver on another thread. *out is gone once `done` has been called. */
CLEAT_MUST_USE cleat_status peer_name_start(peer_name **out, uv_loop_t *loop, const char *address,
                                            peer_name_cb done, void *user);

/* The same, waiting for it; to be freed. */
char *peer_name_now(const char *address);

/* `done` is called all the same, soon or, if the resolver is at it, when that gives up. */
void peer_name_cancel(peer_name *p);

#endif
