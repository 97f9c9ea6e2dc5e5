/* The monitor: the process beside a network process that holds the rights. It signs with the host's
 * keys, decides who may log in, and starts the session process; the only bytes from outside that it
 * reads are those of monitor/messages.def. */
#ifndef CLEATD_MONITOR_H
#define CLEATD_MONITOR_H

#include "part.h"

enum { MONITOR_ID_MAX = 64 };

/* What the monitor knows of key exchanges. */
typedef struct monitor_exchange {
    uint8_t session_id[MONITOR_ID_MAX];
    size_t session_id_len; /* 0: there has been none */
    size_t host_key;       /* which of the host's keys the last was signed with */
} monitor_exchange;

/* In the listener, whenever the configuration is read: PAM's modules, which each monitor has then.
 */
void monitor_prepare_pam(const rules *r);

/* System mode's connection_start: in processes of its own, or in a worker. */
void monitor_start(connection *c);

/* The new process: splits off a network process for the client at that socket. Does not come back.
 */
_Noreturn void monitor_main(connection *c, int socket, int listener);

/* The new process: for a client that a worker has exchanged keys with. Does not come back. */
_Noreturn void monitor_take_over(connection *c, int network, const monitor_exchange *exchange,
                                 int listener);

/* What is left of a monitor whose client wanted nothing. */
typedef struct monitor_resting {
    monitor_exchange exchange;
    cleat_bytes proofs;
    int network, offered;
} monitor_resting;

/* The new process: for that client, which wants something now. What proved the user is proved again
 * first. Does not come back. */
_Noreturn void monitor_resume(connection *c, const monitor_resting *rest, int listener);

void monitor_tell_failure(const connection *c, const cleat_error *error);

/* The end of the connection, whatever it is doing. */
void monitor_stop(const connection *c);

/* Whether this process may and can start others; makes the network processes' root. */
CLEAT_MUST_USE cleat_status monitor_check(server *s, cleat_error *error);

#endif
