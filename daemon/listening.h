/* Where clients are awaited: ListenAddress, Port, AddressFamily. */
#ifndef CLEATD_LISTENING_H
#define CLEATD_LISTENING_H

#include "rules.h"

#include <cleat/uv.h>

/* A value of ListenAddress. */
typedef struct listen_place {
    char host[256]; /* a name or an address */
    bool has_port;
    uint16_t port;
} listen_place;

/* "host", "host:port", "[address]", "[address]:port", or a bare IPv6 address. */
bool listen_parse(const char *text, listen_place *place);

/* What these rules would have listened on, as -T shows it: names looked up, with ports. An error
 * if that cannot be told. */
CLEAT_MUST_USE cleat_status listening_show(const rules *r,
                                           void (*line)(void *user, const char *text), void *user,
                                           cleat_error *error);

typedef struct listening listening;

/* With the sockets of a service manager, if it has handed any over: then it listens on these, and
 * what the rules say counts for nothing. *out is to be freed on an error, too. */
CLEAT_MUST_USE cleat_status listening_new(listening **out, uv_loop_t *loop,
                                          cleat_accept_cb on_accept, void *user,
                                          cleat_error *error);

/* Opens what these rules want, beside what is open. Looks names up, which may take a while. On an
 * error all stays as it was, else it is to be committed or cancelled before the loop goes on. */
CLEAT_MUST_USE cleat_status listening_prepare(listening *l, const rules *r, cleat_error *error);

/* Listens where these rules say and nowhere else, and tells the log of what is new. */
void listening_commit(listening *l, const rules *r);

/* Closes what has been prepared. */
void listening_cancel(listening *l);

/* In a process that has split off: closes the sockets, which the other one still listens on. */
void listening_let_go(const listening *l);

/* Closes everything and frees; NULL is fine. */
void listening_free(listening *l);

/* What is open, for a program that takes this one's place: its sockets, which stay, and what
 * listening_new has to know of them there; to be freed. NULL without memory. */
enum { LISTENING_MAX = 64 };
char *listening_sockets(const listening *l, int sockets[LISTENING_MAX], size_t *count);

#endif
