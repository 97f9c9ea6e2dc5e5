/* The part of the status list that only the library uses. */
#ifndef CL_BASE_STATUS_H
#define CL_BASE_STATUS_H

#include "compat.h"

#include <cleat/types.h>

/* SSH_DISCONNECT_* reason for a connection that ends with this status (RFC 4253 §11.1). */
uint32_t cl_status_reason(cleat_status status);

#endif
