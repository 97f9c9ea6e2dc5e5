/* Options structs of the public API: first member size_t struct_size, zero means default, only
 * ever appended to. */
#ifndef CL_BASE_OPTIONS_H
#define CL_BASE_OPTIONS_H

#include <cleat/types.h>

/* Copies what both sides know of the caller's struct. False when the caller, compiled against a
 * newer header, sets something that this build does not know: it must not be ignored. */
CLEAT_MUST_USE bool cl_options_import(void *dst, size_t known, const void *src);

#endif
