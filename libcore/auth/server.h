/* The server's half of user authentication: checks each request's form and signature, asks the
 * owner for the verdict, counts failures. */
#ifndef CL_AUTH_SERVER_H
#define CL_AUTH_SERVER_H

#include "../key/key.h"
#include "../wire/events.h"
#include "auth_common.h"

typedef enum cl_auths_phase {
    CL_AUTHS_OFF,
    CL_AUTHS_IDLE,      /* waits for a request */
    CL_AUTHS_DECIDING,  /* the owner has the request */
    CL_AUTHS_PROMPTING, /* the client has our prompts */
    CL_AUTHS_DELAYING,  /* a refusal waits for its time */
    CL_AUTHS_DONE,
} cl_auths_phase;

typedef struct cl_auth_server {
    const cl_link *link;
    const cl_env *env;
    cl_auths_phase phase;
    cleat_auth_method method; /* of the request being decided */
    cl_buf user;
    cl_buf methods;             /* that can continue, as last told */
    cl_buf algorithm, key_blob; /* of a publickey request */
    cl_buf banner;              /* to be sent before the first answer */
    const char *sig_algs;       /* accepted for users; borrowed */
    unsigned rsa_min_bits;
    uint32_t requests, failures, tries_max, fail_ms, password_fail_ms;
    uint64_t request_at, refuse_at; /* ms */
    size_t prompts;
    bool last; /* the refusal ends the connection */
} cl_auth_server;

/* What signatures cover; views of the engine's. */
typedef struct cl_auths_binding {
    cleat_slice session_id;
    cleat_slice host_key;
} cl_auths_binding;

void cl_auths_init(cl_auth_server *a, const cl_link *link, const cl_env *env);
void cl_auths_free(cl_auth_server *a);

/* SERVICE_REQUEST was accepted. */
void cl_auths_begin(cl_auth_server *a);

/* True while further requests must wait (they are not read). */
bool cl_auths_busy(const cl_auth_server *a);

CLEAT_MUST_USE cleat_status cl_auths_on_request(cl_auth_server *a, cleat_slice payload,
                                                const cl_auths_binding *binding, uint64_t now);
CLEAT_MUST_USE cleat_status cl_auths_on_method(cl_auth_server *a, cleat_slice payload,
                                               uint64_t now);

CLEAT_MUST_USE cleat_status cl_auths_answer(cl_auth_server *a, cleat_auth_verdict verdict,
                                            const char *methods, uint64_t now);
CLEAT_MUST_USE cleat_status cl_auths_change(cl_auth_server *a, const char *prompt);
CLEAT_MUST_USE cleat_status cl_auths_prompts(cl_auth_server *a, const char *name,
                                             const char *instruction, const cleat_prompt *prompts,
                                             size_t count);
CLEAT_MUST_USE cleat_status cl_auths_banner(cl_auth_server *a, cleat_slice text);

/* When cl_auths_tick has something to do; UINT64_MAX: never. */
uint64_t cl_auths_deadline(const cl_auth_server *a);
CLEAT_MUST_USE cleat_status cl_auths_tick(cl_auth_server *a, uint64_t now);

#endif
