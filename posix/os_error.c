/* The words and the status for errno. */
#include "fail.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

cleat_status port_os_status(int os_error)
{
    switch (os_error) {
    case ENOENT:
    case ENOTDIR:
        return CLEAT_E_NO_SUCH;
    case EACCES:
    case EPERM:
    case EROFS:
        return CLEAT_E_PERMISSION;
    case ENOMEM:
        return CLEAT_E_NOMEM;
    case EEXIST:
        return CLEAT_E_EXISTS;
    case EMFILE:
    case ENFILE:
    case EAGAIN:
        return CLEAT_E_LIMIT;
    default:
        return CLEAT_E_IO;
    }
}

void port_os_text(int os_error, char *text, size_t size)
{
    snprintf(text, size, "%s", strerror(os_error));
}
