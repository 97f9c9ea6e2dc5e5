/* The client's half of user authentication (RFC 4252, RFC 4256): one try at a time. */
#ifndef CL_AUTH_CLIENT_H
#define CL_AUTH_CLIENT_H

#include "../key/key.h"
#include "../wire/events.h"
#include "auth_common.h"

typedef enum cl_authc_phase {
    CL_AUTHC_OFF,       /* the service has not been accepted yet */
    CL_AUTHC_READY,     /* the owner may try a method */
    CL_AUTHC_SIGNING,   /* the signature is being made */
    CL_AUTHC_SENT,      /* a request is with the server */
    CL_AUTHC_ANSWERING, /* prompts or a password change are with the owner */
    CL_AUTHC_DONE,
} cl_authc_phase;

typedef enum cl_authc_method {
    CL_AUTHC_NONE,
    CL_AUTHC_PROBE,
    CL_AUTHC_PUBLICKEY,
    CL_AUTHC_PASSWORD,
    CL_AUTHC_KBDINT,
} cl_authc_method;

typedef struct cl_auth_client {
    const cl_link *link;
    const cl_env *env;
    cl_authc_phase phase;
    cl_authc_method method; /* of the try under way, or the last one */
    cl_buf user;
    cl_buf algorithm, key_blob; /* of the key that is tried */
    bool hostbound;             /* this signature covers the host key */
    bool proved;                /* a signature, a password or an answer was given */
    size_t prompts;             /* asked in this round */
    size_t rounds;              /* of questions since the request */
    const char *method_name;
} cl_auth_client;

/* What a signature covers; views of the engine's. host_key is empty where the host-bound form is
 * not to be used. */
typedef struct cl_auth_binding {
    cleat_slice session_id;
    cleat_slice host_key;
} cl_auth_binding;

void cl_authc_init(cl_auth_client *a, const cl_link *link, const cl_env *env);
void cl_authc_free(cl_auth_client *a);

/* SERVICE_ACCEPT has arrived. */
CLEAT_MUST_USE cleat_status cl_authc_begin(cl_auth_client *a);

/* The tries; CLEAT_E_BAD_CALL out of turn. */
CLEAT_MUST_USE cleat_status cl_authc_none(cl_auth_client *a, cleat_slice user);
CLEAT_MUST_USE cleat_status cl_authc_probe(cl_auth_client *a, cleat_slice user,
                                           cleat_slice algorithm, cleat_slice key_blob,
                                           const cl_auth_binding *binding);
CLEAT_MUST_USE cleat_status cl_authc_publickey(cl_auth_client *a, cleat_slice user,
                                               cleat_slice algorithm, cleat_slice key_blob,
                                               const cl_auth_binding *binding);
CLEAT_MUST_USE cleat_status cl_authc_password(cl_auth_client *a, cleat_slice user,
                                              cleat_slice password);
CLEAT_MUST_USE cleat_status cl_authc_kbdint(cl_auth_client *a, cleat_slice user,
                                            cleat_slice submethods);

/* Answers to the queries; an empty signature, NULL responses, NULL passwords give up. */
CLEAT_MUST_USE cleat_status cl_authc_signature(cl_auth_client *a, cleat_slice signature,
                                               const cl_auth_binding *binding);
CLEAT_MUST_USE cleat_status cl_authc_prompts(cl_auth_client *a, const char *const *responses,
                                             size_t count);
CLEAT_MUST_USE cleat_status cl_authc_change(cl_auth_client *a, const char *old_password,
                                            const char *new_password);

/* Messages of the server's. */
CLEAT_MUST_USE cleat_status cl_authc_on_failure(cl_auth_client *a, cleat_slice payload);
CLEAT_MUST_USE cleat_status cl_authc_on_success(cl_auth_client *a, cleat_slice payload);
CLEAT_MUST_USE cleat_status cl_authc_on_banner(cl_auth_client *a, cleat_slice payload);
CLEAT_MUST_USE cleat_status cl_authc_on_method(cl_auth_client *a, cleat_slice payload);

#endif
