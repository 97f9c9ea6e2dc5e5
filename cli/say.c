/* What the command tells its user. */
#include "say.h"

#include "port.h"
#include "text.h"

#include <stdarg.h>
#include <stdio.h>

static cleat_log_level level = CLEAT_LOG_INFO;
static FILE *file; /* NULL: stderr */
static bool to_system;

void say_set_level(cleat_log_level to)
{
    level = to;
}

cleat_log_level say_level(void)
{
    return level;
}

bool say_to_file(const char *path)
{
    FILE *opened = fopen(path, "a");
    if (!opened)
        return false;
    setvbuf(opened, NULL, _IOLBF, BUFSIZ);
    if (file)
        fclose(file);
    file = opened;
    return true;
}

bool say_to_system(const char *facility, cleat_error *error)
{
    to_system = port_log_open("cleat", facility, error) == CLEAT_OK;
    return to_system;
}

static const char *prefix_of(cleat_log_level at)
{
    switch (at) {
    case CLEAT_LOG_DEBUG1:
        return "debug1: ";
    case CLEAT_LOG_DEBUG2:
        return "debug2: ";
    case CLEAT_LOG_DEBUG3:
        return "debug3: ";
    default:
        return "";
    }
}

/* The other side chooses part of many lines: nothing of it may command the terminal. In raw mode a
 * line feed alone does not return the carriage. */
void say(cleat_log_level at, const char *format, ...)
{
    char text[4096];
    va_list args;
    if (at > level)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    text_make_printable(text);
    if (to_system)
        port_log_write(at, text);
    else
        fprintf(file ? file : stderr, "%s%s%s", prefix_of(at), text, file ? "\n" : "\r\n");
}

void say_raw(const char *text)
{
    if (level >= CLEAT_LOG_INFO)
        fputs(text, stderr);
}

void say_if_failed(cleat_status status, const char *what)
{
    if (status != CLEAT_OK)
        say(CLEAT_LOG_DEBUG1, "%s: %s", what, cleat_status_text(status));
}

static void from_library(void *user, const cleat_log_record *record)
{
    (void)user;
    say(record->level, "%s", record->text);
}

const cleat_log_sink say_sink = {
    .struct_size = sizeof say_sink, .level = CLEAT_LOG_DEBUG1, .write = from_library};
