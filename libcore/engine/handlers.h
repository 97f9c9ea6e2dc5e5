/* The handlers that the rule table names: each takes one message in a phase where it is legal. */
#ifndef CL_ENGINE_HANDLERS_H
#define CL_ENGINE_HANDLERS_H

#include "rules.h"

/* on_transport.c */
cleat_status cl_on_disconnect(cleat_conn *c, cleat_slice payload);
cleat_status cl_on_ignore(cleat_conn *c, cleat_slice payload);
cleat_status cl_on_unimplemented(cleat_conn *c, cleat_slice payload);
cleat_status cl_on_debug(cleat_conn *c, cleat_slice payload);
cleat_status cl_on_ext_info(cleat_conn *c, cleat_slice payload);
cleat_status cl_on_kexinit(cleat_conn *c, cleat_slice payload);
cleat_status cl_on_newkeys(cleat_conn *c, cleat_slice payload);
cleat_status cl_on_kex(cleat_conn *c, cleat_slice payload);
cleat_status cl_on_ping(cleat_conn *c, cleat_slice payload);
cleat_status cl_on_pong(cleat_conn *c, cleat_slice payload);

/* on_auth.c */
cleat_status cl_on_service_request(cleat_conn *c, cleat_slice payload);
cleat_status cl_on_service_accept(cleat_conn *c, cleat_slice payload);
cleat_status cl_on_userauth_request(cleat_conn *c, cleat_slice payload);
cleat_status cl_on_userauth_failure(cleat_conn *c, cleat_slice payload);
cleat_status cl_on_userauth_success(cleat_conn *c, cleat_slice payload);
cleat_status cl_on_userauth_banner(cleat_conn *c, cleat_slice payload);
cleat_status cl_on_userauth_method(cleat_conn *c, cleat_slice payload);

/* on_channel.c */
cleat_status cl_on_channel_message(cleat_conn *c, cleat_slice payload);

/* global.c */
cleat_status cl_on_global_request(cleat_conn *c, cleat_slice payload);
cleat_status cl_on_request_success(cleat_conn *c, cleat_slice payload);
cleat_status cl_on_request_failure(cleat_conn *c, cleat_slice payload);

#endif
