/* The MODP groups of RFC 3526. Generator is 2 in each. */
#ifndef CL_ALG_DH_GROUPS_H
#define CL_ALG_DH_GROUPS_H

#include <cleat/types.h>

typedef struct cl_dh_group {
    const uint8_t *prime; /* big endian */
    size_t len;           /* bytes; the size in bits is 8 times this */
} cl_dh_group;

extern const cl_dh_group cl_dh_group14; /* 2048 bits */
extern const cl_dh_group cl_dh_group15; /* 3072 */
extern const cl_dh_group cl_dh_group16; /* 4096 */
extern const cl_dh_group cl_dh_group17; /* 6144 */
extern const cl_dh_group cl_dh_group18; /* 8192 */

#endif
