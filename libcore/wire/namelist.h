/* name-list (RFC 4251 §5): comma-separated US-ASCII names. */
#ifndef CL_WIRE_NAMELIST_H
#define CL_WIRE_NAMELIST_H

#include "../base/slice.h"

/* Longest list that is accepted from a peer; OpenSSH's own are under 1 KiB. */
#define CL_NAMELIST_MAX 16384

/* No empty names, no control characters, no blanks, not over CL_NAMELIST_MAX. The empty list is
 * valid, and so is a comma at the end: libssh 0.10 sends one in every KEXINIT. */
bool cl_namelist_valid(cleat_slice list);

bool cl_namelist_has(cleat_slice list, cleat_slice name);

/* The first name of `wanted` that `offered` has too; an empty slice when there is none. */
cleat_slice cl_namelist_common(cleat_slice wanted, cleat_slice offered);

#endif
