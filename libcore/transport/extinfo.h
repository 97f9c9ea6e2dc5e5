/* EXT_INFO (RFC 8308): what a side can do beyond the negotiated algorithms. */
#ifndef CL_TRANSPORT_EXTINFO_H
#define CL_TRANSPORT_EXTINFO_H

#include "../wire/reader.h"
#include "../wire/writer.h"

#define CL_EXT_SIG_ALGS "server-sig-algs"
#define CL_EXT_HOSTBOUND "publickey-hostbound@openssh.com"
#define CL_EXT_PING "ping@openssh.com"
#define CL_EXT_IN_AUTH "ext-info-in-auth@openssh.com"

/* Most entries that are read; the rest of a longer list is refused. */
#define CL_EXT_INFO_MAX 128

typedef struct cl_extension {
    const char *name;
    const char *value;
} cl_extension;

void cl_extinfo_write(cl_buf *out, const cl_extension *list, uint32_t count);

/* Calls entry for each one; CLEAT_E_PROTO-worthy shapes are CLEAT_E_FORMAT or CLEAT_E_TRUNCATED. */
CLEAT_MUST_USE cleat_status cl_extinfo_read(cleat_slice payload, void *user,
                                            cleat_status (*entry)(void *user, cleat_slice name,
                                                                  cleat_slice value));

#endif
