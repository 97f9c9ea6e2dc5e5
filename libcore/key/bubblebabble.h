/* Fingerprints as words that can be spoken. */
#ifndef CL_KEY_BUBBLEBABBLE_H
#define CL_KEY_BUBBLEBABBLE_H

#include "key.h"

/* The bytes, of which there is an even number, as words of five letters with hyphens between them.
 */
void cl_bubblebabble(cl_buf *out, cleat_slice bytes);

#endif
