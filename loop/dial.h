/* The part of dialling that starts a command instead. */
#ifndef CLEAT_LOOP_DIAL_H
#define CLEAT_LOOP_DIAL_H

#include "stream.h"

/* Calls done at once, from within, when the command could be started. */
CLEAT_MUST_USE cleat_status dial_proxy(uv_loop_t *loop, const char *const *argv, cleat_dial_cb done,
                                       void *user, cleat_error *error);

#endif
