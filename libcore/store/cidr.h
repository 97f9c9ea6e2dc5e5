/* Address lists as in from="...": patterns, negation, and ranges such as 10.0.0.0/8. */
#ifndef CL_STORE_CIDR_H
#define CL_STORE_CIDR_H

#include "../base/slice.h"

typedef enum cl_address_match {
    CL_ADDRESS_DIFFERS = 0,
    CL_ADDRESS_MATCHES,
    CL_ADDRESS_EXCLUDED, /* by a negated pattern */
    CL_ADDRESS_MALFORMED /* a range could not be read: nobody may be let in by it */
} cl_address_match;

/* Addresses and ranges alone, no patterns: what a certificate may hold. */
bool cl_address_list_is_numeric(cleat_slice list);

cl_address_match cl_address_list(const char *address, cleat_slice list);

/* The same for a client whose name may be known, too (NULL: it is not). Either may match, and
 * either may exclude. */
cl_address_match cl_host_list(const char *address, const char *host, cleat_slice list);

#endif
