/* What the calls of port.h refuse on every platform, before the platform is asked. */
#ifndef PORT_CHECK_H
#define PORT_CHECK_H

#include <cleat/types.h>

enum {
    PORT_PATH_MAX = 32000, /* bytes; Windows takes 32767, and new files get an ending for a while */
    PORT_PROMPT_MAX = 65536, /* bytes */
    PORT_SHOWN_ROOM = 104
};

/* A path: there, not empty, not too long, UTF-8, without control characters. CLEAT_E_BAD_CALL. */
cleat_status port_check_path(const char *path, cleat_error *error);

/* Text to be shown: there, not too long, UTF-8. `what` begins the report's sentence. */
cleat_status port_check_text(const char *text, const char *what, size_t most, cleat_error *error);

/* What could be the name of something: 1 to `most` bytes of UTF-8 without control characters.
 * Whoever looks such names up answers a bad one as one that is not known. */
bool port_is_name(const char *text, size_t most);

/* The beginning of any text, made fit for a report. Returns `room`. */
const char *port_shown(char room[PORT_SHOWN_ROOM], const char *text);

#endif
