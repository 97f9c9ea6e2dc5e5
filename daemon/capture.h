/* A program outside whose output is wanted, while everything else goes on. */
#ifndef CLEATD_CAPTURE_H
#define CLEATD_CAPTURE_H

#include "port.h"

#include <cleat/types.h>
#include <uv.h>

typedef struct capture capture;

/* It has ended. problem NULL: with status 0, and output is all that it has written. */
typedef void (*capture_cb)(void *user, cleat_slice output, const char *problem);

/* Runs argv[0], an absolute path, as that user (NULL: as this process), with this environment, no
 * input, and its errors thrown away. done
 * is called once, from the loop, unless it is stopped before. */
CLEAT_MUST_USE cleat_status capture_start(capture **out, uv_loop_t *loop, char **argv,
                                          char **environment, const port_user *as,
                                          size_t output_max, capture_cb done, void *user,
                                          cleat_error *error);

/* Ends the program. NULL is fine. */
void capture_stop(capture *x);

#endif
