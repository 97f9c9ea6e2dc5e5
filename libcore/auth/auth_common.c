/* What both sides of user authentication share. */
#include "auth_common.h"

#include "../wire/messages.h"

void cl_auth_put_request(cl_buf *out, cleat_slice user, const char *method)
{
    cl_put_u8(out, CL_MSG_userauth_request);
    cl_put_string(out, user);
    cl_put_cstring(out, CL_CONNECTION_SERVICE);
    cl_put_cstring(out, method);
}

void cl_auth_put_signed_data(cl_buf *out, cleat_slice session_id, cleat_slice user,
                             cleat_slice algorithm, cleat_slice key_blob, cleat_slice host_key)
{
    bool hostbound = host_key.len > 0;
    cl_put_string(out, session_id);
    cl_auth_put_request(out, user, hostbound ? CL_METHOD_HOSTBOUND : CL_METHOD_PUBLICKEY);
    cl_put_bool(out, true);
    cl_put_string(out, algorithm);
    cl_put_string(out, key_blob);
    if (hostbound)
        cl_put_string(out, host_key);
}
