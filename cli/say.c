/* What the command tells its user on stderr. */
#include "ssh.h"

#include <stdarg.h>
#include <stdio.h>

static cleat_log_level level = CLEAT_LOG_INFO;

void say_set_level(cleat_log_level to)
{
    level = to;
}

cleat_log_level say_level(void)
{
    return level;
}

/* In raw mode a line feed alone does not return the carriage. */
void say(cleat_log_level at, const char *format, ...)
{
    char text[2048];
    va_list args;
    if (at > level)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const char *prefix = at >= CLEAT_LOG_DEBUG3   ? "debug3: "
                         : at == CLEAT_LOG_DEBUG2 ? "debug2: "
                         : at == CLEAT_LOG_DEBUG1 ? "debug1: "
                                                  : "";
    fprintf(stderr, "%s%s\r\n", prefix, text);
}

static void from_engine(void *user, const cleat_log_record *record)
{
    (void)user;
    say(record->level, "%s", record->text);
}

cleat_log_sink say_engine_sink(void)
{
    return (cleat_log_sink){
        .struct_size = sizeof(cleat_log_sink), .level = level, .write = from_engine};
}
