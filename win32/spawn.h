/* Starting a program inside a job, with the handles it is given and no others. */
#ifndef PORT_WIN32_SPAWN_H
#define PORT_WIN32_SPAWN_H

#include <stdbool.h>
#include <windows.h>

typedef struct port_spawn {
    const char *program;   /* NULL: the command line's first word, looked up as a user would */
    const char *line;      /* the command line */
    wchar_t *environment;  /* block, or NULL for our own */
    const char *directory; /* NULL for our own */
    HANDLE streams[3];     /* inheritable; ignored on a console */
    HPCON console;         /* NULL: streams */
    HANDLE job;            /* the process is in it before its first instruction; or NULL */
} port_spawn;

/* Characters of a command line, the closing zero not counted. */
enum { PORT_LINE_MAX = 32766 };

/* Starts it; the caller closes *process. Returns 0 or a GetLastError() number:
 * ERROR_NO_UNICODE_TRANSLATION for text that is not UTF-8, ERROR_FILENAME_EXCED_RANGE for too long
 * a line. */
DWORD port_spawn_start(HANDLE *process, const port_spawn *what);

/* A block from "NAME=value" strings; released with free. NULL when memory is out or the text is
 * not valid. */
wchar_t *port_environment_block(const char *const *items);

#endif
