/* What the platforms' file_write.c shares with file_edit.c. */
#ifndef PORT_FILE_EDIT_H
#define PORT_FILE_EDIT_H

#include <cleat/types.h>

/* The file can be read and its content is this. */
bool port_file_is(const char *path, cleat_slice content);

#endif
