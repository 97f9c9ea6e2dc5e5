/* What a session process needs of its pseudo-console. */
#ifndef PORT_WIN32_CONPTY_H
#define PORT_WIN32_CONPTY_H

#include "port.h"

#include <windows.h>

/* The console to attach; NULL once it has ended. */
HPCON port_conpty_console(const port_pty *pty);

/* Takes our ends of its streams, once. */
void port_conpty_take(port_pty *pty, HANDLE *in, HANDLE *out);

/* Types into the terminal. */
bool port_conpty_type(port_pty *pty, char byte);

/* Ends the console once its output has been read, without waiting for that. */
void port_conpty_end(port_pty *pty);

#endif
