/* Reports of the platform layer: a sentence, a status and the system's own number. */
#ifndef PORT_FAIL_H
#define PORT_FAIL_H

#include <cleat/types.h>

/* Fills *error (may be NULL) with status and text, and returns the status. */
cleat_status port_fail(cleat_error *error, cleat_status status, const char *format, ...)
    CLEAT_PRINTF(3, 4);

/* The same for a failed system call: the text gets ": <the system's reason>" at its end, and the
 * status is what the number means. os_error is errno or GetLastError(). */
cleat_status port_fail_os(cleat_error *error, int os_error, const char *format, ...)
    CLEAT_PRINTF(3, 4);

/* CLEAT_E_NOMEM, with its text. */
cleat_status port_fail_memory(cleat_error *error);

/* What the platform folder knows: the status a system error number stands for, and its words. */
cleat_status port_os_status(int os_error);
void port_os_text(int os_error, char *text, size_t size);

#endif
