/* What a connection needs of its policy. */
#ifndef CL_ENGINE_POLICY_H
#define CL_ENGINE_POLICY_H

#include "../base/buf.h"

#include <cleat/conn.h>

/* Appends the names of the policy's host key list that one of the keys or certificates can serve.
 */
void cl_policy_host_key_list(const cleat_policy *policy, const cleat_conn_options *o, cl_buf *out);

#endif
