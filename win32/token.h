/* What the process's token says. */
#ifndef PORT_WIN32_TOKEN_H
#define PORT_WIN32_TOKEN_H

#include <windows.h>

/* A class of information about the token this process runs with; released with free. NULL with
 * GetLastError(). */
void *port_token_information(TOKEN_INFORMATION_CLASS which);

#endif
