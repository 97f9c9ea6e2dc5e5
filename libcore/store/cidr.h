/* Address lists as in from="...": patterns, negation, and ranges such as 10.0.0.0/8. */
#ifndef CL_STORE_CIDR_H
#define CL_STORE_CIDR_H

#include "../base/slice.h"

typedef enum cl_address_match {
    CL_ADDRESS_DIFFERS = 0,
    CL_ADDRESS_MATCHES,
    CL_ADDRESS_MALFORMED /* a range could not be read: nobody may be let in by it */
} cl_address_match;

cl_address_match cl_address_list(const char *address, cleat_slice list);

#endif
