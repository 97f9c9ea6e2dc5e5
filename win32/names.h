/* Names that the file calls would take for something else than a file. */
#ifndef PORT_WIN32_NAMES_H
#define PORT_WIN32_NAMES_H

#include <stdbool.h>

/* AUX, COM1, "con.txt" ... in whatever folder. Not NUL, which stands in for a file on purpose, nor
 * what begins with \\?\, which Windows takes literally. */
bool port_name_of_device(const char *path);

/* "file:stream". */
bool port_name_of_stream(const char *path);

#endif
