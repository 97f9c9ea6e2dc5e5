/* What the command tells its user, on stderr or in the file of -E. */
#ifndef CLEAT_CLI_SAY_H
#define CLEAT_CLI_SAY_H

#include <cleat/log.h>
#include <cleat/types.h>

void say(cleat_log_level level, const char *format, ...) CLEAT_PRINTF(2, 3);

/* Text with any bytes, such as a banner: goes out as it is. */
void say_raw(const char *text);

void say_set_level(cleat_log_level level);
cleat_log_level say_level(void);

/* From here on to the end of that file; false when it cannot be opened. */
bool say_to_file(const char *path);

/* From here on to the system's log (-y). */
bool say_to_system(const char *facility, cleat_error *error);

/* The library's own lines. Its level lets everything pass; each connection sets its own. */
extern const cleat_log_sink say_sink;

/* For calls whose failure changes nothing any more: says so at -v. */
void say_if_failed(cleat_status status, const char *what);

#endif
