/* Log lines: formatted only when the sink wants them, text made safe to print. */
#include "log.h"

#include "compat.h"
#include "slice.h"

#include <stdarg.h>
#include <stdio.h>

enum { LINE_MAX_LEN = 1024 };

static const char *const level_names[] = {"QUIET",   "FATAL",  "ERROR",  "INFO",
                                          "VERBOSE", "DEBUG1", "DEBUG2", "DEBUG3"};

const char *cleat_log_level_name(cleat_log_level level)
{
    return (size_t)level < CL_COUNT(level_names) ? level_names[level] : "QUIET";
}

bool cleat_log_level_parse(const char *name, cleat_log_level *level)
{
    cleat_slice text = cleat_slice_of(name);
    if (cl_slice_is_nocase(text, "DEBUG")) {
        *level = CLEAT_LOG_DEBUG1;
        return true;
    }
    for (size_t i = 0; i < CL_COUNT(level_names); i++) {
        if (cl_slice_is_nocase(text, level_names[i])) {
            *level = (cleat_log_level)i;
            return true;
        }
    }
    return false;
}

bool cl_log_wants(const cl_logger *log, cleat_log_level level)
{
    return log->sink && level <= log->level;
}

/* The peer chooses part of most lines: nothing of it may reach a terminal or forge a line. */
static void escape(char *out, size_t room, const char *text)
{
    size_t n = 0;
    for (; *text && n + 5 < room; text++) {
        unsigned char c = (unsigned char)*text;
        if (c >= 0x20 && c < 0x7F)
            out[n++] = (char)c;
        else
            n += (size_t)snprintf(out + n, room - n, "\\x%02x", c);
    }
    out[n] = 0;
}

void cl_log(const cl_logger *log, cleat_log_level level, const char *area, const char *format, ...)
{
    if (!cl_log_wants(log, level))
        return;
    char raw[LINE_MAX_LEN];
    char safe[LINE_MAX_LEN];
    va_list args;
    va_start(args, format);
    vsnprintf(raw, sizeof raw, format, args);
    va_end(args);
    escape(safe, sizeof safe, raw);
    const cleat_log_record record = {
        .level = level, .area = area, .connection = log->connection, .text = safe};
    log->sink->write(log->sink->user, &record);
}
