/* A server in a thread of its own, for clients that block: on 127.0.0.1, at a port that the kernel
 * chose.
 *
 * Users: "pw" (password "secret"), "change" ("old" must be changed to "new"), "quiz" (two
 * questions, "1" and "2"), "key" (the public key that was set), "mute" (nobody decides about it).
 * Commands: "echo" (its input comes back; status 3), "flood" (output without end), "hang" (nothing
 * comes), "killed" (a signal), "refused", "silent" (the request is never answered). direct-tcpip
 * leads where it asks for. */
#ifndef CLEAT_TESTS_ECHO_SERVER_H
#define CLEAT_TESTS_ECHO_SERVER_H

#include <cleat/cert.h>

typedef struct echo_server echo_server;

/* NULL when it cannot be started. */
echo_server *echo_server_start(void);
void echo_server_stop(echo_server *s);

uint16_t echo_server_port(const echo_server *s);
const cleat_key *echo_server_key(const echo_server *s);

/* Before anybody connects: the key that user "key" has. Borrowed. */
void echo_server_allow(echo_server *s, const cleat_key *key);

/* Between connections: the certificate of the server's key that it shows; NULL: none. Borrowed. */
void echo_server_show(echo_server *s, cleat_cert *cert);

#endif
