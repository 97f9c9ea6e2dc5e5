/* Pipes whose one end libuv can work with and whose other end a program can. */
#ifndef PORT_WIN32_PIPE_H
#define PORT_WIN32_PIPE_H

#include <stdbool.h>
#include <windows.h>

/* Makes a pipe: *ours is overlapped and not inherited, *theirs is plain, for reading or for
 * writing, and inherited where a handle list names it. False with GetLastError(). */
bool port_pipe(HANDLE *ours, HANDLE *theirs, bool they_read);

/* Turns a handle into a C library descriptor, which owns it from then on. -1 on failure, with the
 * handle closed. */
int port_handle_fd(HANDLE handle);

void port_handle_close(HANDLE *handle);

#endif
