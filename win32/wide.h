/* UTF-8 outside, UTF-16 towards the system. */
#ifndef PORT_WIN32_WIDE_H
#define PORT_WIN32_WIDE_H

#include <cleat/types.h>
#include <wchar.h>

/* New strings, released with port_free; NULL when memory is out or the text is not valid. */
wchar_t *port_wide(const char *text);
char *port_narrow(const wchar_t *text);

/* As port_wide, for a path handed to the file calls: prefixed so that it may be longer than 260
 * characters. NULL too for what is no file's name (names.h). */
wchar_t *port_wide_path(const char *path);

/* The value of an environment variable, or NULL. */
char *port_env(const wchar_t *name);

/* CLEAT_E_BAD_CALL for text or a path that these do not take (or memory is out). */
cleat_status port_fail_wide(cleat_error *error, const char *text);

/* port_fail_os with GetLastError(). */
#define port_fail_last(error, ...) port_fail_os((error), (int)GetLastError(), __VA_ARGS__)

#endif
