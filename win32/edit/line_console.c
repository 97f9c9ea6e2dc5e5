/* The console edits lines itself, and remembers them. */
#include "line.h"

cleat_status port_line_start(const char *program, port_completer complete, void *user,
                             cleat_error *error)
{
    (void)program, (void)complete, (void)user, (void)error;
    return CLEAT_OK;
}

cleat_status port_line_read(char **line, const char *prompt, cleat_error *error)
{
    return port_tty_ask(line, prompt, true, error);
}

void port_line_stop(void)
{
    port_ask_give_up();
}
