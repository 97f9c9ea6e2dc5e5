/* Lines that somebody types at a terminal, with the keys and the history that people expect there.
 */
#ifndef PORT_LINE_H
#define PORT_LINE_H

#include "port.h"

/* What could stand in place of a line's end, from that byte on, which begins its last word or lies
 * behind a blank in it: a NULL-terminated list, each to be freed by free, and the list, too; NULL:
 * nothing. Called on the thread that reads. */
typedef char **(*port_completer)(void *user, const char *line, size_t from);

/* For stdin and stdout. `program` names it in the user's own settings of keys. */
CLEAT_MUST_USE cleat_status port_line_start(const char *program, port_completer complete,
                                            void *user, cleat_error *error);

/* Asks for a line, which port_free frees. Blocks; one thread at a time. CLEAT_E_EOF: there are no
 * more. */
CLEAT_MUST_USE cleat_status port_line_read(char **line, const char *prompt, cleat_error *error);

/* Puts the terminal back, if a line is being read. */
void port_line_stop(void);

#endif
