/* Pipes as the way that an SFTP server's bytes take: to and from the process that has the channel.
 */
#ifndef CLEATD_SFTP_PIPE_H
#define CLEATD_SFTP_PIPE_H

#include "port.h"

#include <cleat/files.h>

typedef struct sftp_pipe sftp_pipe;

/* `theirs` gets the ends for the other process, to be taken. */
CLEAT_MUST_USE cleat_status sftp_pipe_new(sftp_pipe **out, uv_loop_t *loop, port_stdio *theirs);

/* For cleat_files_new_on, less its ctx. */
cleat_files_io sftp_pipe_io(sftp_pipe *p);

/* Reads from now on; files is borrowed. */
void sftp_pipe_serve(sftp_pipe *p, cleat_files *files);

/* Nothing more is written: the other process sees the end. */
void sftp_pipe_end(sftp_pipe *p);

/* Closes the files, too. NULL is fine. */
void sftp_pipe_close(sftp_pipe *p);

#endif
