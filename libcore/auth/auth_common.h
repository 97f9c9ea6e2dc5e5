/* What both sides of user authentication share: names and the data that a user's key signs. */
#ifndef CL_AUTH_AUTH_COMMON_H
#define CL_AUTH_AUTH_COMMON_H

#include "../wire/writer.h"

#define CL_AUTH_SERVICE "ssh-userauth"
#define CL_CONNECTION_SERVICE "ssh-connection"
#define CL_METHOD_NONE "none"
#define CL_METHOD_PUBLICKEY "publickey"
#define CL_METHOD_HOSTBOUND "publickey-hostbound-v00@openssh.com"
#define CL_METHOD_PASSWORD "password"
#define CL_METHOD_KBDINT "keyboard-interactive"

/* Longest user name, in bytes. */
#define CL_USER_MAX 1023
/* Most requests to a server, whatever becomes of them. */
#define CL_AUTH_REQUESTS_MAX 1024
/* Most prompts in one keyboard-interactive round. */
#define CL_PROMPTS_MAX 64
/* Most rounds of one keyboard-interactive login: a server that asks nothing for ever ends here. */
#define CL_ROUNDS_MAX 64

/* Starts a USERAUTH_REQUEST (RFC 4252 §5): number, user, service, method. */
void cl_auth_put_request(cl_buf *out, cleat_slice user, const char *method);

/* The data to be signed: session id, then the request with its flag true up to the key blob
 * (RFC 4252 §7); host_key is not empty for the host-bound form, which ends with it. */
void cl_auth_put_signed_data(cl_buf *out, cleat_slice session_id, cleat_slice user,
                             cleat_slice algorithm, cleat_slice key_blob, cleat_slice host_key);

#endif
