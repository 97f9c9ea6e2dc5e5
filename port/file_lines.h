/* Files piece by piece. */
#ifndef PORT_FILE_LINES_H
#define PORT_FILE_LINES_H

#include "port.h"

/* Reads and closes fd; see port_file_read_lines. `path` is for messages. */
CLEAT_MUST_USE cleat_status port_lines_read(int fd, const char *path, size_t limit,
                                            port_piece_cb take, void *user, cleat_error *error);

#endif
