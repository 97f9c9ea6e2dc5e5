/* Constant-time comparison and certain wiping. */
#ifndef CL_BASE_CT_H
#define CL_BASE_CT_H

#include <cleat/types.h>

/* The time depends on len alone. The only comparison allowed on tags and secrets. */
bool cl_ct_equal(const void *a, const void *b, size_t len);

/* out = which ? yes : no, without a branch on which. The three may be the same place. */
void cl_ct_choose(uint8_t *out, const uint8_t *yes, const uint8_t *no, size_t len, bool which);

/* Zeroes memory in a way that the compiler may not leave out. NULL with len 0 is fine. */
void cl_wipe(void *at, size_t len);

#endif
