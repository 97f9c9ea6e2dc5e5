/* Files with host keys. */
#ifndef CLEATD_HOSTKEYS_H
#define CLEATD_HOSTKEYS_H

#include "server.h"

/* A HostKey's file, with the private part. */
CLEAT_MUST_USE cleat_status hostkeys_read(cleat_key **key, const server *s, const char *path,
                                          cleat_error *error);

#endif
