/* Differences between compilers, and nothing else. */
#ifndef CL_BASE_COMPAT_H
#define CL_BASE_COMPAT_H

#include <cleat/status.h>

#if defined(__GNUC__) || defined(__clang__)
#define CL_FALLTHROUGH __attribute__((fallthrough))
#define CL_UNUSED __attribute__((unused))
#else
#define CL_FALLTHROUGH ((void)0)
#define CL_UNUSED
#endif

#define CL_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
