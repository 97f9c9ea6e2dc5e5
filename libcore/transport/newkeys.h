/* Keys out of K and H (RFC 4253 §7.2). */
#ifndef CL_TRANSPORT_NEWKEYS_H
#define CL_TRANSPORT_NEWKEYS_H

#include "kex.h"

/* Both directions' protection for the exchange's choice. On failure what was made is in *seal and
 * *open, for the caller to free. */
CLEAT_MUST_USE cleat_status cl_newkeys_make(const cl_kexer *kx, cl_seal **seal, cl_open **open);

#endif
