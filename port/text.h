/* Text and lists that the platform layer hands out: one block each, released with port_free. */
#ifndef PORT_TEXT_H
#define PORT_TEXT_H

#include <cleat/types.h>

/* printf into a new string; NULL when memory is out. */
char *port_format(const char *format, ...) CLEAT_PRINTF(1, 2);

/* A NULL-terminated list of copies of `count` strings; NULL when memory is out. */
char **port_list(const char *const *items, size_t count);

#endif
