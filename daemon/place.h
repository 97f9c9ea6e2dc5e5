/* "host:port" as PermitOpen and permitopen write it: "[address]:port", "*" for either part. */
#ifndef CLEATD_PLACE_H
#define CLEATD_PLACE_H

#include <cleat/types.h>

bool place_is_pattern(const char *pattern);
bool place_matches(const char *pattern, const char *host, uint16_t port);

#endif
